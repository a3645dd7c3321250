-- Where saved views stand alone there may be no such table.
ALTER TABLE saved_view
	ADD CONSTRAINT saved_view_pipeline_fkey FOREIGN KEY ({tenant}pipeline_id) REFERENCES pipeline ({tenant}id) ON DELETE CASCADE;
