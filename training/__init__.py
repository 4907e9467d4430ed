"""What makes and judges models."""
