"""How fast agentpm is: whole processes, measured beside what they are compared with."""
