"""The Parquet files of one snapshot: what is in them, by which snapshot they are completed, and reading them."""
