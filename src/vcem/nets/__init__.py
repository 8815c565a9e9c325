"""Networks, torch.nn only: no loss, no training."""
