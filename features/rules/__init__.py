"""The language of rules that marketing and sales sign, and what a rule says of a lead at an as-of.

docs/rules.md tells it to those who write rules. In EBNF, words of the language in any case:

    rule       = operand , ( { "and" , operand } | { "or" , operand } ) ;      (* both side by side
    need brackets *) operand    = "not" , operand | "(" , rule , ")" | "any" , "of" , list | "all" ,
    "of" , list | "at" , "least" , number , "of" , list | condition ; list       = "(" , rule , {
    "," , rule } , ")" ; condition  = column , ( comparison , value | "is" , [ "not" ] , ( "known" |
    "unknown" | value ) | [ "not" ] , "in" , values | [ "not" ] , "like" , texts ) | "did" , events
    , [ count ] , [ window ] | "received" , events , [ count ] , [ "without" , "answer" ] , [ window
    ] | "silent" , days , "after" , events | "lost" , [ "because" , texts ] , [ window ] | "lead" ,
    "age" , comparison , days ; column     = [ "hearing" ] , ( word | text ) ;
    (* a reserved word stands in quotes *) comparison = "=" | "!=" | "<" | "<=" | ">" | ">=" ;
    events     = texts , [ "detail" , texts ] , [ "through" , texts ] ; count      = ( "at" ,
    "least" | "at" , "most" | "exactly" ) , number , ( "times" | "time" ) ; window     = "in" , [
    "the" ] , [ "last" ] , days ; days       = number , ( "days" | "day" ) ; values     = value |
    "(" , value , { "," , value } , ")" ;                (* all of one kind *) texts      = text |
    "(" , text , { "," , text } , ")" ;                   (* patterns: * any text, ? one sign *)
    value      = number | date | text ; word       = letter , { letter | digit | "_" } ; number
    = [ "+" | "-" ] , digit , { digit | "_" } , [ "." , digit , { digit } ] ; date       = year ,
    "-" , month , "-" , day | year , "/" , month , "/" , day ; text       = '"' , { character | '""'
    } , '"' ;             (* also '…', “…”, ‘…’, 「…」; full-width signs count *)
"""

from features.rules.checking import problems
from features.rules.doubts import absent_events, doubts
from features.rules.evaluation import days_since_done, evaluate, prepare_rules
from features.rules.fault import RuleError
from features.rules.parser import parse
from features.rules.syntax import Rule, conditions

__all__ = [
    "Rule",
    "RuleError",
    "absent_events",
    "conditions",
    "days_since_done",
    "doubts",
    "evaluate",
    "parse",
    "prepare_rules",
    "problems",
]
