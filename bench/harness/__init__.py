"""What every subject of the benchmarks shares."""
