"""How a model becomes champion: the gate's verdict, signatures, promotion and rollback."""
