//! Integration tests of the wire types.
