"""What the tests, the benchmarks and the conformance run share: servers, accounts, wire formats."""
