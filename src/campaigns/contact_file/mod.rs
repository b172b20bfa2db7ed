//! Reading a contact file.
