"""One verb, one module, one function: takes records, returns a record, prints nothing."""
