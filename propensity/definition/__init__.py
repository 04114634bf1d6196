"""What marketing and sales agreed on: grades, rules, the MQL line, and one instruction per lead."""
