//! Counters, gauges and histograms of the house in the Prometheus text format.
