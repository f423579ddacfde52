"""The order of the work: Prefect flows and tasks, thin. No pixels, no SQL, no selectors."""
