-- To c3d9e7f1a2b4: whom a budget is about.
ALTER TABLE budget_policies ADD COLUMN target_value VARCHAR(255);
CREATE INDEX idx_budget_policies_target_value ON budget_policies (target_value);
