"""What leaves nasreid: a network as one function of tensors, in formats of others, and what they say of themselves."""
