-- Where saved views stand alone there may be no such table.
ALTER TABLE saved_view
	ADD CONSTRAINT saved_view_pipeline_fkey FOREIGN KEY (pipeline_id{, tenant}) REFERENCES pipeline (id{, tenant}) ON DELETE CASCADE;
