"""What the drafts of a term ask for: the plan, what people hold back of it, and what no plan can hold."""
