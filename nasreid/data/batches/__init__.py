"""From a frame to a batch on a device, step by step."""
