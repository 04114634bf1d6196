"""The pack as a page for the browser, and the definition as one sheet to sign."""
