-- What the tests of pools read: two tenants in which people have the same names, who see their own deals, or all of their tenant's.
SET client_min_messages = warning;
DROP ROLE IF EXISTS clients_application, clients_seller, clients_manager;
CREATE ROLE clients_seller;
CREATE ROLE clients_manager;
CREATE ROLE clients_application LOGIN NOINHERIT IN ROLE clients_seller, clients_manager;
ALTER ROLE clients_application SET search_path = crm, opportunities, public;
SELECT opportunities.create_crm('crm', tenant => true) \g /dev/null
GRANT USAGE ON SCHEMA crm TO clients_seller, clients_manager;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA crm TO clients_seller, clients_manager;
DROP POLICY all_rows ON crm.opportunity;
CREATE POLICY own ON crm.opportunity TO clients_seller USING (owner = opportunities.me());
CREATE POLICY everything ON crm.opportunity TO clients_manager USING (true);
CREATE TABLE public.person (tenant text, login text, role text, number int);
INSERT INTO public.person VALUES ('acme', 'sara', 'clients_seller', 1), ('acme', 'omid', 'clients_seller', 2), ('acme', 'mona', 'clients_manager', 3),
	('globex', 'sara', 'clients_seller', 4), ('globex', 'omid', 'clients_manager', 5), ('globex', 'lena', 'clients_seller', 6);
GRANT SELECT ON public.person TO PUBLIC;

-- Each has as many deals as their number, of which a private filter of one name for all finds the first alone.
DO $$
DECLARE
	p public.person;
BEGIN
	SET LOCAL search_path = crm, opportunities, public;
	FOR p IN TABLE public.person LOOP
		PERFORM set_config('opportunities.tenant', p.tenant, true), set_config('opportunities.user_name', p.login, true);
		INSERT INTO pipeline (name) SELECT 'Sales' WHERE NOT EXISTS (SELECT FROM pipeline WHERE tenant_id = p.tenant);
		INSERT INTO opportunity (pipeline_id, title, owner) SELECT l.id, format('%s %s %s', p.tenant, p.login, n), p.login
		FROM pipeline AS l, generate_series(1, p.number) AS n WHERE l.tenant_id = p.tenant;
		PERFORM save_filter('first', jsonb_build_object('rules', jsonb_build_array(jsonb_build_object(
			'field', 'title', 'operator', '=', 'value', format('%s %s 1', p.tenant, p.login)))));
	END LOOP;
END $$;
