"""Programs that start sandboxes, behind one contract (base.Engine)."""
