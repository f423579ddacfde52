"""Pages and PDFs in, text and readings out. Knows no Prefect, no database, no network."""
