//! Does for leases and proposals what anyone may do once it is due.
