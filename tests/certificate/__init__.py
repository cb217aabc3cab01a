"""The gradient certificate: it must find planted faults and must not accuse right networks."""
