CREATE TABLE app_user (
	{tenant_id}
	login text NOT NULL CONSTRAINT login_given CHECK (login ~ {visible}),
	name text NOT NULL CONSTRAINT app_user_name_given CHECK (name ~ {visible}),
	email text,
	manager text CONSTRAINT own_manager CHECK (manager <> login),
	team text,
	active boolean NOT NULL DEFAULT true,
	CONSTRAINT app_user_pkey PRIMARY KEY ({tenant}login),
	CONSTRAINT app_user_manager_fkey FOREIGN KEY (manager{, tenant}) REFERENCES app_user (login{, tenant}) ON UPDATE CASCADE
);

CREATE INDEX app_user_manager ON app_user ({tenant}manager);

COMMENT ON TABLE app_user IS 'The people who use your application, where you want their names and teams here';
COMMENT ON COLUMN app_user.login IS 'How your application names the user: what owner, assignee and the like hold';
COMMENT ON COLUMN app_user.name IS 'What people see';
COMMENT ON COLUMN app_user.email IS 'Where mail reaches the user';
COMMENT ON COLUMN app_user.manager IS 'The user whom this one reports to';
COMMENT ON COLUMN app_user.team IS 'The team that the user is in';
COMMENT ON COLUMN app_user.active IS 'Whether the user still works here';

CREATE TRIGGER zz_key BEFORE INSERT OR UPDATE ON app_user
	FOR EACH ROW EXECUTE FUNCTION opportunities_internal.keep_key();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON app_user
	FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
