"""What an agent can do: tool tables, capabilities, policy, widening."""
