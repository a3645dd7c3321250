-- A database as the sources made it before the first release (at commit 65e89cc), with two CRMs, one of them with tenants,
-- and filters beside a view, and what people add to them: pg_dump of it, without comments and empty lines. Functions that
-- triggers call are named as they are since 0.1.0, from when on they keep schema and name.
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET client_min_messages = warning;
CREATE SCHEMA crm_old;
CREATE SCHEMA crm_old_many;
CREATE SCHEMA crm_old_mapped;
CREATE TABLE crm_old.opportunity (
    id bigint NOT NULL,
    account_id bigint,
    pipeline_id bigint NOT NULL,
    stage_id bigint,
    title text NOT NULL,
    description text,
    owner text,
    type text,
    source text,
    campaign text,
    buying_process text,
    competitors text[] DEFAULT '{}'::text[] NOT NULL,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    currency text DEFAULT 'IRR'::text,
    amount numeric,
    amount_mode text NOT NULL,
    probability numeric(5,2),
    probability_mode text NOT NULL,
    estimated_amount numeric GENERATED ALWAYS AS (((amount * probability) * 0.01)) STORED,
    realized_amount numeric DEFAULT 0.00 NOT NULL,
    expected_close date,
    closed_at timestamp with time zone,
    closed_on date,
    close_reason text,
    "position" bigint NOT NULL,
    archived boolean DEFAULT false NOT NULL,
    custom jsonb DEFAULT '{}'::jsonb NOT NULL,
    version bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by text NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    updated_by text NOT NULL,
    stage_entered_at timestamp with time zone NOT NULL,
    stage_entered_by text NOT NULL,
    last_activity_at timestamp with time zone,
    region text DEFAULT opportunities.me(),
    CONSTRAINT amount_finite CHECK (((amount > '-Infinity'::numeric) AND (amount < 'Infinity'::numeric))),
    CONSTRAINT amount_mode_known CHECK ((amount_mode = ANY (ARRAY['auto'::text, 'manual'::text]))),
    CONSTRAINT close_reason_open CHECK (((close_reason IS NULL) OR (closed_at IS NOT NULL))),
    CONSTRAINT closed_day_and_moment CHECK (((closed_at IS NULL) = (closed_on IS NULL))),
    CONSTRAINT custom_object CHECK ((jsonb_typeof(custom) = 'object'::text)),
    CONSTRAINT probability_mode_known CHECK ((probability_mode = ANY (ARRAY['auto'::text, 'manual'::text]))),
    CONSTRAINT probability_range CHECK (((probability >= 0.0) AND (probability <= 100.0))),
    CONSTRAINT realized_amount_finite CHECK (((realized_amount > '-Infinity'::numeric) AND (realized_amount < 'Infinity'::numeric))),
    CONSTRAINT title_given CHECK ((btrim(title) <> ''::text))
)
WITH (fillfactor='90');
COMMENT ON TABLE crm_old.opportunity IS 'Your opportunities: deals that may be won or lost';
COMMENT ON COLUMN crm_old.opportunity.id IS 'Number of the opportunity';
COMMENT ON COLUMN crm_old.opportunity.account_id IS 'The person or organization that it is with';
COMMENT ON COLUMN crm_old.opportunity.pipeline_id IS 'The pipeline that it goes through';
COMMENT ON COLUMN crm_old.opportunity.stage_id IS 'The stage that it is in; empty: not yet in any';
COMMENT ON COLUMN crm_old.opportunity.title IS 'What it is called';
COMMENT ON COLUMN crm_old.opportunity.description IS 'What it is about';
COMMENT ON COLUMN crm_old.opportunity.owner IS 'Who is responsible for it, as your application names its users';
COMMENT ON COLUMN crm_old.opportunity.type IS 'Kind of business';
COMMENT ON COLUMN crm_old.opportunity.source IS 'Where it came from';
COMMENT ON COLUMN crm_old.opportunity.campaign IS 'Ours: the advertisement';
COMMENT ON COLUMN crm_old.opportunity.buying_process IS 'How the customer decides';
COMMENT ON COLUMN crm_old.opportunity.competitors IS 'Who else wants the business';
COMMENT ON COLUMN crm_old.opportunity.tags IS 'Labels';
COMMENT ON COLUMN crm_old.opportunity.currency IS 'Currency of its amounts; empty: the one unnamed currency';
COMMENT ON COLUMN crm_old.opportunity.amount IS 'What it is worth before tax';
COMMENT ON COLUMN crm_old.opportunity.amount_mode IS 'auto: the amount is the sum of its lines; manual: it was set by hand';
COMMENT ON COLUMN crm_old.opportunity.probability IS 'Chance of winning in percent, 0 to 100';
COMMENT ON COLUMN crm_old.opportunity.probability_mode IS 'auto: the probability follows the stage; manual: it was set by hand';
COMMENT ON COLUMN crm_old.opportunity.estimated_amount IS 'Amount times probability, not rounded';
COMMENT ON COLUMN crm_old.opportunity.realized_amount IS 'What was invoiced less what was returned, with tax';
COMMENT ON COLUMN crm_old.opportunity.expected_close IS 'The day on which it will probably be decided';
COMMENT ON COLUMN crm_old.opportunity.closed_at IS 'When it was won or lost';
COMMENT ON COLUMN crm_old.opportunity.closed_on IS 'The day on which it was won or lost, where your business is';
COMMENT ON COLUMN crm_old.opportunity.close_reason IS 'Why it was won or lost';
COMMENT ON COLUMN crm_old.opportunity."position" IS 'Place of its card in the column of an open stage, largest on top';
COMMENT ON COLUMN crm_old.opportunity.archived IS 'Whether boards and lists leave it out';
COMMENT ON COLUMN crm_old.opportunity.custom IS 'Your own fields, a JSON object';
COMMENT ON COLUMN crm_old.opportunity.version IS 'How many times people have saved it';
COMMENT ON COLUMN crm_old.opportunity.created_at IS 'When it was entered';
COMMENT ON COLUMN crm_old.opportunity.created_by IS 'Who entered it';
COMMENT ON COLUMN crm_old.opportunity.updated_at IS 'When it was last changed';
COMMENT ON COLUMN crm_old.opportunity.updated_by IS 'Who changed it last';
COMMENT ON COLUMN crm_old.opportunity.stage_entered_at IS 'When it came into its stage';
COMMENT ON COLUMN crm_old.opportunity.stage_entered_by IS 'Who moved it into its stage';
COMMENT ON COLUMN crm_old.opportunity.last_activity_at IS 'When somebody last did something about it';
CREATE TABLE crm_old.pipeline (
    id bigint NOT NULL,
    name text NOT NULL,
    "position" integer DEFAULT 0 NOT NULL,
    active boolean DEFAULT true NOT NULL,
    CONSTRAINT pipeline_name_given CHECK ((btrim(name) <> ''::text))
);
COMMENT ON TABLE crm_old.pipeline IS 'Kinds of opportunities, each with stages of its own';
COMMENT ON COLUMN crm_old.pipeline.id IS 'Number of the pipeline';
COMMENT ON COLUMN crm_old.pipeline.name IS 'Name of the pipeline';
COMMENT ON COLUMN crm_old.pipeline."position" IS 'Place among the pipelines, smallest first';
COMMENT ON COLUMN crm_old.pipeline.active IS 'Whether the pipeline is in use';
CREATE TABLE crm_old.stage (
    id bigint NOT NULL,
    pipeline_id bigint NOT NULL,
    name text NOT NULL,
    "position" integer DEFAULT 0 NOT NULL,
    kind text DEFAULT 'open'::text NOT NULL,
    probability numeric(5,2),
    active boolean DEFAULT true NOT NULL,
    max_days integer,
    reason_required boolean DEFAULT false NOT NULL,
    archive_after integer DEFAULT 30,
    CONSTRAINT archive_after_not_negative CHECK ((archive_after >= 0)),
    CONSTRAINT max_days_not_negative CHECK ((max_days >= 0)),
    CONSTRAINT probability_range CHECK (((probability >= 0.0) AND (probability <= 100.0))),
    CONSTRAINT stage_kind_known CHECK ((kind = ANY (ARRAY['open'::text, 'won'::text, 'lost'::text]))),
    CONSTRAINT stage_name_given CHECK ((btrim(name) <> ''::text))
);
COMMENT ON TABLE crm_old.stage IS 'The steps that an opportunity of a pipeline goes through: the columns of its board';
COMMENT ON COLUMN crm_old.stage.id IS 'Number of the stage';
COMMENT ON COLUMN crm_old.stage.pipeline_id IS 'The pipeline that the stage belongs to';
COMMENT ON COLUMN crm_old.stage.name IS 'Name of the stage';
COMMENT ON COLUMN crm_old.stage."position" IS 'Place among the stages of the pipeline, smallest first';
COMMENT ON COLUMN crm_old.stage.kind IS 'open, or final: won or lost';
COMMENT ON COLUMN crm_old.stage.probability IS 'Chance in percent that an opportunity gets on entering; empty: it keeps its own';
COMMENT ON COLUMN crm_old.stage.active IS 'Whether opportunities can enter the stage';
COMMENT ON COLUMN crm_old.stage.max_days IS 'Days after which an opportunity in the stage is stale; empty: never';
COMMENT ON COLUMN crm_old.stage.reason_required IS 'Whether closing an opportunity into the stage takes a reason';
COMMENT ON COLUMN crm_old.stage.archive_after IS 'Days that a closed opportunity stays on the board, for final stages; empty: for good';
CREATE TABLE crm_old.stage_change (
    id bigint NOT NULL,
    opportunity_id bigint NOT NULL,
    from_pipeline_id bigint NOT NULL,
    from_stage_id bigint,
    to_pipeline_id bigint NOT NULL,
    to_stage_id bigint NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    changed_by text NOT NULL,
    stayed interval
);
COMMENT ON TABLE crm_old.stage_change IS 'Every move of an opportunity from one stage to another';
COMMENT ON COLUMN crm_old.stage_change.id IS 'Number of the move: an opportunity''s moves in the order of their numbers are its way';
COMMENT ON COLUMN crm_old.stage_change.opportunity_id IS 'The opportunity, which may be deleted by now';
COMMENT ON COLUMN crm_old.stage_change.from_pipeline_id IS 'The pipeline that it was in';
COMMENT ON COLUMN crm_old.stage_change.from_stage_id IS 'The stage that it left; empty: it had none yet';
COMMENT ON COLUMN crm_old.stage_change.to_pipeline_id IS 'The pipeline that it was in afterwards, mostly the same';
COMMENT ON COLUMN crm_old.stage_change.to_stage_id IS 'The stage that it entered';
COMMENT ON COLUMN crm_old.stage_change.changed_at IS 'When it was moved';
COMMENT ON COLUMN crm_old.stage_change.changed_by IS 'Who moved it';
COMMENT ON COLUMN crm_old.stage_change.stayed IS 'How long it had been in the stage that it left; empty: nobody knows since when';
CREATE VIEW crm_old.bi_stage_history WITH (security_invoker='true') AS
 SELECT h.opportunity_id,
    o.title,
    h.pipeline_id,
    p.name AS pipeline,
    h.stage_id,
    s.name AS stage,
    s."position" AS stage_position,
    COALESCE(s.kind, 'open'::text) AS state,
    h.entered_at,
    h.left_at,
    round((EXTRACT(epoch FROM (COALESCE(h.left_at, now()) - h.entered_at)) / 86400.0), 2) AS days,
    h.next_stage_id,
    n.name AS next_stage,
    n.kind AS next_state,
    h.moved_by,
    o.account_id,
    o.owner,
    o.currency,
    o.amount
   FROM ((((( SELECT stage_change.opportunity_id,
            stage_change.from_pipeline_id AS pipeline_id,
            stage_change.from_stage_id AS stage_id,
            (((stage_change.changed_at AT TIME ZONE 'UTC'::text) - stage_change.stayed) AT TIME ZONE 'UTC'::text) AS entered_at,
            stage_change.changed_at AS left_at,
            stage_change.to_stage_id AS next_stage_id,
            stage_change.changed_by AS moved_by
           FROM crm_old.stage_change
        UNION ALL
         SELECT opportunity.id,
            opportunity.pipeline_id,
            opportunity.stage_id,
            opportunity.stage_entered_at,
            NULL::timestamp with time zone,
            NULL::bigint,
            NULL::text
           FROM crm_old.opportunity) h
     JOIN crm_old.opportunity o ON ((o.id = h.opportunity_id)))
     LEFT JOIN crm_old.pipeline p ON ((p.id = h.pipeline_id)))
     LEFT JOIN crm_old.stage s ON ((s.id = h.stage_id)))
     LEFT JOIN crm_old.stage n ON ((n.id = h.next_stage_id)));
COMMENT ON VIEW crm_old.bi_stage_history IS 'One row for each stay of an opportunity in a stage, the present one too: since when, until when, where to';
COMMENT ON COLUMN crm_old.bi_stage_history.opportunity_id IS 'The opportunity';
COMMENT ON COLUMN crm_old.bi_stage_history.title IS 'What it is called';
COMMENT ON COLUMN crm_old.bi_stage_history.pipeline_id IS 'The pipeline that it was in';
COMMENT ON COLUMN crm_old.bi_stage_history.pipeline IS 'Name of the pipeline';
COMMENT ON COLUMN crm_old.bi_stage_history.stage_id IS 'The stage that it was in; empty: none yet';
COMMENT ON COLUMN crm_old.bi_stage_history.stage IS 'Name of the stage';
COMMENT ON COLUMN crm_old.bi_stage_history.stage_position IS 'Place of the stage in its pipeline, smallest first';
COMMENT ON COLUMN crm_old.bi_stage_history.state IS 'What the stage means: open, won or lost';
COMMENT ON COLUMN crm_old.bi_stage_history.entered_at IS 'When it came into the stage; empty: nobody knows';
COMMENT ON COLUMN crm_old.bi_stage_history.left_at IS 'When it left; empty: it is still there';
COMMENT ON COLUMN crm_old.bi_stage_history.days IS 'Days that it was there, up to now where it still is';
COMMENT ON COLUMN crm_old.bi_stage_history.next_stage_id IS 'The stage that it went to';
COMMENT ON COLUMN crm_old.bi_stage_history.next_stage IS 'Name of that stage';
COMMENT ON COLUMN crm_old.bi_stage_history.next_state IS 'What that stage means: open, won or lost';
COMMENT ON COLUMN crm_old.bi_stage_history.moved_by IS 'Who moved it there';
COMMENT ON COLUMN crm_old.bi_stage_history.account_id IS 'The person or organization that it is with';
COMMENT ON COLUMN crm_old.bi_stage_history.owner IS 'Who is responsible for it now';
COMMENT ON COLUMN crm_old.bi_stage_history.currency IS 'Currency of the amount';
COMMENT ON COLUMN crm_old.bi_stage_history.amount IS 'What it is worth now';
CREATE FUNCTION crm_old.funnel(first_day date DEFAULT '-infinity'::date, last_day date DEFAULT 'infinity'::date) RETURNS TABLE(pipeline_id bigint, pipeline text, stage_id bigint, stage text, stage_position integer, entered bigint, went_on bigint, won bigint, lost bigint, conversion numeric, average_days numeric)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 WITH furthest AS (
          SELECT bi_stage_history.opportunity_id,
             bi_stage_history.pipeline_id,
             max(bi_stage_history.stage_position) FILTER (WHERE (bi_stage_history.state = 'open'::text)) AS open_position,
             bool_or(((bi_stage_history.state = 'won'::text) AND (bi_stage_history.left_at IS NULL))) AS won,
             bool_or(((bi_stage_history.state = 'lost'::text) AND (bi_stage_history.left_at IS NULL))) AS lost
            FROM crm_old.bi_stage_history
           GROUP BY bi_stage_history.opportunity_id, bi_stage_history.pipeline_id
         ), stays AS (
          SELECT bi_stage_history.opportunity_id,
             bi_stage_history.pipeline_id,
             bi_stage_history.pipeline,
             bi_stage_history.stage_id,
             bi_stage_history.stage,
             bi_stage_history.stage_position,
             sum(bi_stage_history.days) AS days
            FROM crm_old.bi_stage_history
           WHERE ((bi_stage_history.state = 'open'::text) AND (bi_stage_history.stage_id IS NOT NULL) AND ((opportunities.business_date(bi_stage_history.entered_at) >= funnel.first_day) AND (opportunities.business_date(bi_stage_history.entered_at) <= funnel.last_day)))
           GROUP BY bi_stage_history.opportunity_id, bi_stage_history.pipeline_id, bi_stage_history.pipeline, bi_stage_history.stage_id, bi_stage_history.stage, bi_stage_history.stage_position
         )
  SELECT s.pipeline_id,
     s.pipeline,
     s.stage_id,
     s.stage,
     s.stage_position,
     count(*) AS count,
     count(*) FILTER (WHERE ((f.open_position > s.stage_position) OR f.won)) AS count,
     count(*) FILTER (WHERE f.won) AS count,
     count(*) FILTER (WHERE f.lost) AS count,
     round(((count(*) FILTER (WHERE ((f.open_position > s.stage_position) OR f.won)))::numeric / (count(*))::numeric), 4) AS round,
     round(avg(s.days), 2) AS round
    FROM (stays s
      JOIN furthest f USING (opportunity_id, pipeline_id))
   GROUP BY s.pipeline_id, s.pipeline, s.stage_id, s.stage, s.stage_position
   ORDER BY s.pipeline_id, s.stage_position, s.stage_id;
END;
COMMENT ON FUNCTION crm_old.funnel(first_day date, last_day date) IS 'How opportunities go through the open stages: of those that entered a stage within the days given, how many went on (reached a later stage, or were won), how many are won and lost by now, and the days they spent in the stage. conversion: went on / entered.';
CREATE FUNCTION crm_old.pipeline_on(day date) RETURNS TABLE(opportunity_id bigint, title text, pipeline_id bigint, pipeline text, stage_id bigint, stage text, stage_position integer, state text, account_id bigint, owner text, currency text, amount numeric)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT o.id,
     o.title,
     w.pipeline_id,
     p.name,
     w.stage_id,
     s.name,
     s."position",
     COALESCE(s.kind, 'open'::text) AS "coalesce",
     o.account_id,
     o.owner,
     o.currency,
     o.amount
    FROM ((((crm_old.opportunity o
      LEFT JOIN ( SELECT DISTINCT ON (stage_change.opportunity_id) stage_change.opportunity_id,
             stage_change.from_pipeline_id,
             stage_change.from_stage_id
            FROM crm_old.stage_change
           WHERE (stage_change.changed_at >= opportunities.business_moment((pipeline_on.day + '24:00:00'::time without time zone)))
           ORDER BY stage_change.opportunity_id, stage_change.id) c ON ((c.opportunity_id = o.id)))
      CROSS JOIN LATERAL ( SELECT COALESCE(c.from_pipeline_id, o.pipeline_id) AS pipeline_id,
                 CASE
                     WHEN (c.opportunity_id IS NULL) THEN o.stage_id
                     ELSE c.from_stage_id
                 END AS stage_id) w)
      LEFT JOIN crm_old.pipeline p ON ((p.id = w.pipeline_id)))
      LEFT JOIN crm_old.stage s ON ((s.id = w.stage_id)))
   WHERE (o.created_at < opportunities.business_moment((pipeline_on.day + '24:00:00'::time without time zone)));
END;
COMMENT ON FUNCTION crm_old.pipeline_on(day date) IS 'The opportunities that there were at the end of a day, each in the stage that it was in then. Amounts, owners and accounts are those of today; deleted opportunities are not there.';
CREATE FUNCTION crm_old.stamp() RETURNS trigger
    LANGUAGE plpgsql
    AS $$BEGIN NEW.description := concat(NEW.description, ' by ', opportunities.me()); RETURN NEW; END$$;
CREATE FUNCTION crm_old.touched() RETURNS trigger
    LANGUAGE plpgsql
    AS $$BEGIN NEW.note := 'touched'; RETURN NEW; END$$;
CREATE TABLE crm_old_many.opportunity (
    tenant_id text DEFAULT opportunities.current_tenant() NOT NULL,
    id bigint NOT NULL,
    account_id bigint,
    pipeline_id bigint NOT NULL,
    stage_id bigint,
    title text NOT NULL,
    description text,
    owner text,
    type text,
    source text,
    campaign text,
    buying_process text,
    competitors text[] DEFAULT '{}'::text[] NOT NULL,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    currency text DEFAULT opportunities.default_currency(),
    amount numeric,
    amount_mode text NOT NULL,
    probability numeric(5,2),
    probability_mode text NOT NULL,
    estimated_amount numeric GENERATED ALWAYS AS (((amount * probability) * 0.01)) STORED,
    realized_amount numeric DEFAULT 0.00 NOT NULL,
    expected_close date,
    closed_at timestamp with time zone,
    closed_on date,
    close_reason text,
    "position" bigint NOT NULL,
    archived boolean DEFAULT false NOT NULL,
    custom jsonb DEFAULT '{}'::jsonb NOT NULL,
    version bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by text NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    updated_by text NOT NULL,
    stage_entered_at timestamp with time zone NOT NULL,
    stage_entered_by text NOT NULL,
    last_activity_at timestamp with time zone,
    CONSTRAINT amount_finite CHECK (((amount > '-Infinity'::numeric) AND (amount < 'Infinity'::numeric))),
    CONSTRAINT amount_mode_known CHECK ((amount_mode = ANY (ARRAY['auto'::text, 'manual'::text]))),
    CONSTRAINT close_reason_open CHECK (((close_reason IS NULL) OR (closed_at IS NOT NULL))),
    CONSTRAINT closed_day_and_moment CHECK (((closed_at IS NULL) = (closed_on IS NULL))),
    CONSTRAINT custom_object CHECK ((jsonb_typeof(custom) = 'object'::text)),
    CONSTRAINT probability_mode_known CHECK ((probability_mode = ANY (ARRAY['auto'::text, 'manual'::text]))),
    CONSTRAINT probability_range CHECK (((probability >= 0.0) AND (probability <= 100.0))),
    CONSTRAINT realized_amount_finite CHECK (((realized_amount > '-Infinity'::numeric) AND (realized_amount < 'Infinity'::numeric))),
    CONSTRAINT title_given CHECK ((btrim(title) <> ''::text))
)
WITH (fillfactor='90');
COMMENT ON TABLE crm_old_many.opportunity IS 'Your opportunities: deals that may be won or lost';
COMMENT ON COLUMN crm_old_many.opportunity.tenant_id IS 'The customer whose row it is: the setting opportunities.tenant';
COMMENT ON COLUMN crm_old_many.opportunity.id IS 'Number of the opportunity';
COMMENT ON COLUMN crm_old_many.opportunity.account_id IS 'The person or organization that it is with';
COMMENT ON COLUMN crm_old_many.opportunity.pipeline_id IS 'The pipeline that it goes through';
COMMENT ON COLUMN crm_old_many.opportunity.stage_id IS 'The stage that it is in; empty: not yet in any';
COMMENT ON COLUMN crm_old_many.opportunity.title IS 'What it is called';
COMMENT ON COLUMN crm_old_many.opportunity.description IS 'What it is about';
COMMENT ON COLUMN crm_old_many.opportunity.owner IS 'Who is responsible for it, as your application names its users';
COMMENT ON COLUMN crm_old_many.opportunity.type IS 'Kind of business';
COMMENT ON COLUMN crm_old_many.opportunity.source IS 'Where it came from';
COMMENT ON COLUMN crm_old_many.opportunity.campaign IS 'The campaign that it came from';
COMMENT ON COLUMN crm_old_many.opportunity.buying_process IS 'How the customer decides';
COMMENT ON COLUMN crm_old_many.opportunity.competitors IS 'Who else wants the business';
COMMENT ON COLUMN crm_old_many.opportunity.tags IS 'Labels';
COMMENT ON COLUMN crm_old_many.opportunity.currency IS 'Currency of its amounts; empty: the one unnamed currency';
COMMENT ON COLUMN crm_old_many.opportunity.amount IS 'What it is worth before tax';
COMMENT ON COLUMN crm_old_many.opportunity.amount_mode IS 'auto: the amount is the sum of its lines; manual: it was set by hand';
COMMENT ON COLUMN crm_old_many.opportunity.probability IS 'Chance of winning in percent, 0 to 100';
COMMENT ON COLUMN crm_old_many.opportunity.probability_mode IS 'auto: the probability follows the stage; manual: it was set by hand';
COMMENT ON COLUMN crm_old_many.opportunity.estimated_amount IS 'Amount times probability, not rounded';
COMMENT ON COLUMN crm_old_many.opportunity.realized_amount IS 'What was invoiced less what was returned, with tax';
COMMENT ON COLUMN crm_old_many.opportunity.expected_close IS 'The day on which it will probably be decided';
COMMENT ON COLUMN crm_old_many.opportunity.closed_at IS 'When it was won or lost';
COMMENT ON COLUMN crm_old_many.opportunity.closed_on IS 'The day on which it was won or lost, where your business is';
COMMENT ON COLUMN crm_old_many.opportunity.close_reason IS 'Why it was won or lost';
COMMENT ON COLUMN crm_old_many.opportunity."position" IS 'Place of its card in the column of an open stage, largest on top';
COMMENT ON COLUMN crm_old_many.opportunity.archived IS 'Whether boards and lists leave it out';
COMMENT ON COLUMN crm_old_many.opportunity.custom IS 'Your own fields, a JSON object';
COMMENT ON COLUMN crm_old_many.opportunity.version IS 'How many times people have saved it';
COMMENT ON COLUMN crm_old_many.opportunity.created_at IS 'When it was entered';
COMMENT ON COLUMN crm_old_many.opportunity.created_by IS 'Who entered it';
COMMENT ON COLUMN crm_old_many.opportunity.updated_at IS 'When it was last changed';
COMMENT ON COLUMN crm_old_many.opportunity.updated_by IS 'Who changed it last';
COMMENT ON COLUMN crm_old_many.opportunity.stage_entered_at IS 'When it came into its stage';
COMMENT ON COLUMN crm_old_many.opportunity.stage_entered_by IS 'Who moved it into its stage';
COMMENT ON COLUMN crm_old_many.opportunity.last_activity_at IS 'When somebody last did something about it';
CREATE TABLE crm_old_many.pipeline (
    tenant_id text DEFAULT opportunities.current_tenant() NOT NULL,
    id bigint NOT NULL,
    name text NOT NULL,
    "position" integer DEFAULT 0 NOT NULL,
    active boolean DEFAULT true NOT NULL,
    CONSTRAINT pipeline_name_given CHECK ((btrim(name) <> ''::text))
);
COMMENT ON TABLE crm_old_many.pipeline IS 'Kinds of opportunities, each with stages of its own';
COMMENT ON COLUMN crm_old_many.pipeline.tenant_id IS 'The customer whose row it is: the setting opportunities.tenant';
COMMENT ON COLUMN crm_old_many.pipeline.id IS 'Number of the pipeline';
COMMENT ON COLUMN crm_old_many.pipeline.name IS 'Name of the pipeline';
COMMENT ON COLUMN crm_old_many.pipeline."position" IS 'Place among the pipelines, smallest first';
COMMENT ON COLUMN crm_old_many.pipeline.active IS 'Whether the pipeline is in use';
CREATE TABLE crm_old_many.stage (
    tenant_id text DEFAULT opportunities.current_tenant() NOT NULL,
    id bigint NOT NULL,
    pipeline_id bigint NOT NULL,
    name text NOT NULL,
    "position" integer DEFAULT 0 NOT NULL,
    kind text DEFAULT 'open'::text NOT NULL,
    probability numeric(5,2),
    active boolean DEFAULT true NOT NULL,
    max_days integer,
    reason_required boolean DEFAULT false NOT NULL,
    archive_after integer DEFAULT 30,
    CONSTRAINT archive_after_not_negative CHECK ((archive_after >= 0)),
    CONSTRAINT max_days_not_negative CHECK ((max_days >= 0)),
    CONSTRAINT probability_range CHECK (((probability >= 0.0) AND (probability <= 100.0))),
    CONSTRAINT stage_kind_known CHECK ((kind = ANY (ARRAY['open'::text, 'won'::text, 'lost'::text]))),
    CONSTRAINT stage_name_given CHECK ((btrim(name) <> ''::text))
);
COMMENT ON TABLE crm_old_many.stage IS 'The steps that an opportunity of a pipeline goes through: the columns of its board';
COMMENT ON COLUMN crm_old_many.stage.tenant_id IS 'The customer whose row it is: the setting opportunities.tenant';
COMMENT ON COLUMN crm_old_many.stage.id IS 'Number of the stage';
COMMENT ON COLUMN crm_old_many.stage.pipeline_id IS 'The pipeline that the stage belongs to';
COMMENT ON COLUMN crm_old_many.stage.name IS 'Name of the stage';
COMMENT ON COLUMN crm_old_many.stage."position" IS 'Place among the stages of the pipeline, smallest first';
COMMENT ON COLUMN crm_old_many.stage.kind IS 'open, or final: won or lost';
COMMENT ON COLUMN crm_old_many.stage.probability IS 'Chance in percent that an opportunity gets on entering; empty: it keeps its own';
COMMENT ON COLUMN crm_old_many.stage.active IS 'Whether opportunities can enter the stage';
COMMENT ON COLUMN crm_old_many.stage.max_days IS 'Days after which an opportunity in the stage is stale; empty: never';
COMMENT ON COLUMN crm_old_many.stage.reason_required IS 'Whether closing an opportunity into the stage takes a reason';
COMMENT ON COLUMN crm_old_many.stage.archive_after IS 'Days that a closed opportunity stays on the board, for final stages; empty: for good';
CREATE TABLE crm_old_many.stage_change (
    tenant_id text DEFAULT opportunities.current_tenant() NOT NULL,
    id bigint NOT NULL,
    opportunity_id bigint NOT NULL,
    from_pipeline_id bigint NOT NULL,
    from_stage_id bigint,
    to_pipeline_id bigint NOT NULL,
    to_stage_id bigint NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    changed_by text NOT NULL,
    stayed interval
);
COMMENT ON TABLE crm_old_many.stage_change IS 'Every move of an opportunity from one stage to another';
COMMENT ON COLUMN crm_old_many.stage_change.tenant_id IS 'The customer whose row it is: the setting opportunities.tenant';
COMMENT ON COLUMN crm_old_many.stage_change.id IS 'Number of the move: an opportunity''s moves in the order of their numbers are its way';
COMMENT ON COLUMN crm_old_many.stage_change.opportunity_id IS 'The opportunity, which may be deleted by now';
COMMENT ON COLUMN crm_old_many.stage_change.from_pipeline_id IS 'The pipeline that it was in';
COMMENT ON COLUMN crm_old_many.stage_change.from_stage_id IS 'The stage that it left; empty: it had none yet';
COMMENT ON COLUMN crm_old_many.stage_change.to_pipeline_id IS 'The pipeline that it was in afterwards, mostly the same';
COMMENT ON COLUMN crm_old_many.stage_change.to_stage_id IS 'The stage that it entered';
COMMENT ON COLUMN crm_old_many.stage_change.changed_at IS 'When it was moved';
COMMENT ON COLUMN crm_old_many.stage_change.changed_by IS 'Who moved it';
COMMENT ON COLUMN crm_old_many.stage_change.stayed IS 'How long it had been in the stage that it left; empty: nobody knows since when';
CREATE VIEW crm_old_many.bi_stage_history WITH (security_invoker='true') AS
 SELECT h.opportunity_id,
    o.title,
    h.pipeline_id,
    p.name AS pipeline,
    h.stage_id,
    s.name AS stage,
    s."position" AS stage_position,
    COALESCE(s.kind, 'open'::text) AS state,
    h.entered_at,
    h.left_at,
    round((EXTRACT(epoch FROM (COALESCE(h.left_at, now()) - h.entered_at)) / 86400.0), 2) AS days,
    h.next_stage_id,
    n.name AS next_stage,
    n.kind AS next_state,
    h.moved_by,
    o.account_id,
    o.owner,
    o.currency,
    o.amount
   FROM ((((( SELECT stage_change.opportunity_id,
            stage_change.from_pipeline_id AS pipeline_id,
            stage_change.from_stage_id AS stage_id,
            (((stage_change.changed_at AT TIME ZONE 'UTC'::text) - stage_change.stayed) AT TIME ZONE 'UTC'::text) AS entered_at,
            stage_change.changed_at AS left_at,
            stage_change.to_stage_id AS next_stage_id,
            stage_change.changed_by AS moved_by
           FROM crm_old_many.stage_change
        UNION ALL
         SELECT opportunity.id,
            opportunity.pipeline_id,
            opportunity.stage_id,
            opportunity.stage_entered_at,
            NULL::timestamp with time zone,
            NULL::bigint,
            NULL::text
           FROM crm_old_many.opportunity) h
     JOIN crm_old_many.opportunity o ON ((o.id = h.opportunity_id)))
     LEFT JOIN crm_old_many.pipeline p ON ((p.id = h.pipeline_id)))
     LEFT JOIN crm_old_many.stage s ON ((s.id = h.stage_id)))
     LEFT JOIN crm_old_many.stage n ON ((n.id = h.next_stage_id)));
COMMENT ON VIEW crm_old_many.bi_stage_history IS 'One row for each stay of an opportunity in a stage, the present one too: since when, until when, where to';
COMMENT ON COLUMN crm_old_many.bi_stage_history.opportunity_id IS 'The opportunity';
COMMENT ON COLUMN crm_old_many.bi_stage_history.title IS 'What it is called';
COMMENT ON COLUMN crm_old_many.bi_stage_history.pipeline_id IS 'The pipeline that it was in';
COMMENT ON COLUMN crm_old_many.bi_stage_history.pipeline IS 'Name of the pipeline';
COMMENT ON COLUMN crm_old_many.bi_stage_history.stage_id IS 'The stage that it was in; empty: none yet';
COMMENT ON COLUMN crm_old_many.bi_stage_history.stage IS 'Name of the stage';
COMMENT ON COLUMN crm_old_many.bi_stage_history.stage_position IS 'Place of the stage in its pipeline, smallest first';
COMMENT ON COLUMN crm_old_many.bi_stage_history.state IS 'What the stage means: open, won or lost';
COMMENT ON COLUMN crm_old_many.bi_stage_history.entered_at IS 'When it came into the stage; empty: nobody knows';
COMMENT ON COLUMN crm_old_many.bi_stage_history.left_at IS 'When it left; empty: it is still there';
COMMENT ON COLUMN crm_old_many.bi_stage_history.days IS 'Days that it was there, up to now where it still is';
COMMENT ON COLUMN crm_old_many.bi_stage_history.next_stage_id IS 'The stage that it went to';
COMMENT ON COLUMN crm_old_many.bi_stage_history.next_stage IS 'Name of that stage';
COMMENT ON COLUMN crm_old_many.bi_stage_history.next_state IS 'What that stage means: open, won or lost';
COMMENT ON COLUMN crm_old_many.bi_stage_history.moved_by IS 'Who moved it there';
COMMENT ON COLUMN crm_old_many.bi_stage_history.account_id IS 'The person or organization that it is with';
COMMENT ON COLUMN crm_old_many.bi_stage_history.owner IS 'Who is responsible for it now';
COMMENT ON COLUMN crm_old_many.bi_stage_history.currency IS 'Currency of the amount';
COMMENT ON COLUMN crm_old_many.bi_stage_history.amount IS 'What it is worth now';
CREATE FUNCTION crm_old_many.funnel(first_day date DEFAULT '-infinity'::date, last_day date DEFAULT 'infinity'::date) RETURNS TABLE(pipeline_id bigint, pipeline text, stage_id bigint, stage text, stage_position integer, entered bigint, went_on bigint, won bigint, lost bigint, conversion numeric, average_days numeric)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 WITH furthest AS (
          SELECT bi_stage_history.opportunity_id,
             bi_stage_history.pipeline_id,
             max(bi_stage_history.stage_position) FILTER (WHERE (bi_stage_history.state = 'open'::text)) AS open_position,
             bool_or(((bi_stage_history.state = 'won'::text) AND (bi_stage_history.left_at IS NULL))) AS won,
             bool_or(((bi_stage_history.state = 'lost'::text) AND (bi_stage_history.left_at IS NULL))) AS lost
            FROM crm_old_many.bi_stage_history
           GROUP BY bi_stage_history.opportunity_id, bi_stage_history.pipeline_id
         ), stays AS (
          SELECT bi_stage_history.opportunity_id,
             bi_stage_history.pipeline_id,
             bi_stage_history.pipeline,
             bi_stage_history.stage_id,
             bi_stage_history.stage,
             bi_stage_history.stage_position,
             sum(bi_stage_history.days) AS days
            FROM crm_old_many.bi_stage_history
           WHERE ((bi_stage_history.state = 'open'::text) AND (bi_stage_history.stage_id IS NOT NULL) AND ((opportunities.business_date(bi_stage_history.entered_at) >= funnel.first_day) AND (opportunities.business_date(bi_stage_history.entered_at) <= funnel.last_day)))
           GROUP BY bi_stage_history.opportunity_id, bi_stage_history.pipeline_id, bi_stage_history.pipeline, bi_stage_history.stage_id, bi_stage_history.stage, bi_stage_history.stage_position
         )
  SELECT s.pipeline_id,
     s.pipeline,
     s.stage_id,
     s.stage,
     s.stage_position,
     count(*) AS count,
     count(*) FILTER (WHERE ((f.open_position > s.stage_position) OR f.won)) AS count,
     count(*) FILTER (WHERE f.won) AS count,
     count(*) FILTER (WHERE f.lost) AS count,
     round(((count(*) FILTER (WHERE ((f.open_position > s.stage_position) OR f.won)))::numeric / (count(*))::numeric), 4) AS round,
     round(avg(s.days), 2) AS round
    FROM (stays s
      JOIN furthest f USING (opportunity_id, pipeline_id))
   GROUP BY s.pipeline_id, s.pipeline, s.stage_id, s.stage, s.stage_position
   ORDER BY s.pipeline_id, s.stage_position, s.stage_id;
END;
COMMENT ON FUNCTION crm_old_many.funnel(first_day date, last_day date) IS 'How opportunities go through the open stages: of those that entered a stage within the days given, how many went on (reached a later stage, or were won), how many are won and lost by now, and the days they spent in the stage. conversion: went on / entered.';
CREATE FUNCTION crm_old_many.pipeline_on(day date) RETURNS TABLE(opportunity_id bigint, title text, pipeline_id bigint, pipeline text, stage_id bigint, stage text, stage_position integer, state text, account_id bigint, owner text, currency text, amount numeric)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT o.id,
     o.title,
     w.pipeline_id,
     p.name,
     w.stage_id,
     s.name,
     s."position",
     COALESCE(s.kind, 'open'::text) AS "coalesce",
     o.account_id,
     o.owner,
     o.currency,
     o.amount
    FROM ((((crm_old_many.opportunity o
      LEFT JOIN ( SELECT DISTINCT ON (stage_change.opportunity_id) stage_change.opportunity_id,
             stage_change.from_pipeline_id,
             stage_change.from_stage_id
            FROM crm_old_many.stage_change
           WHERE (stage_change.changed_at >= opportunities.business_moment((pipeline_on.day + '24:00:00'::time without time zone)))
           ORDER BY stage_change.opportunity_id, stage_change.id) c ON ((c.opportunity_id = o.id)))
      CROSS JOIN LATERAL ( SELECT COALESCE(c.from_pipeline_id, o.pipeline_id) AS pipeline_id,
                 CASE
                     WHEN (c.opportunity_id IS NULL) THEN o.stage_id
                     ELSE c.from_stage_id
                 END AS stage_id) w)
      LEFT JOIN crm_old_many.pipeline p ON ((p.id = w.pipeline_id)))
      LEFT JOIN crm_old_many.stage s ON ((s.id = w.stage_id)))
   WHERE (o.created_at < opportunities.business_moment((pipeline_on.day + '24:00:00'::time without time zone)));
END;
COMMENT ON FUNCTION crm_old_many.pipeline_on(day date) IS 'The opportunities that there were at the end of a day, each in the stage that it was in then. Amounts, owners and accounts are those of today; deleted opportunities are not there.';
CREATE TABLE crm_old.account (
    id bigint NOT NULL,
    name text NOT NULL,
    kind text DEFAULT 'organization'::text NOT NULL,
    custom jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT account_kind_known CHECK ((kind = ANY (ARRAY['person'::text, 'organization'::text]))),
    CONSTRAINT account_name_given CHECK ((btrim(name) <> ''::text)),
    CONSTRAINT custom_object CHECK ((jsonb_typeof(custom) = 'object'::text))
);
COMMENT ON TABLE crm_old.account IS 'People and organizations that you do business with';
COMMENT ON COLUMN crm_old.account.id IS 'Number of the account';
COMMENT ON COLUMN crm_old.account.name IS 'Name of the person or organization';
COMMENT ON COLUMN crm_old.account.kind IS 'person or organization';
COMMENT ON COLUMN crm_old.account.custom IS 'Your own fields, a JSON object';
ALTER TABLE crm_old.account ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crm_old.account_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE crm_old.activity (
    id bigint NOT NULL,
    opportunity_id bigint NOT NULL,
    kind text NOT NULL,
    subject character varying(200),
    body text,
    data jsonb DEFAULT '{}'::jsonb NOT NULL,
    due_at timestamp with time zone,
    done_at timestamp with time zone,
    assignee text,
    created_at timestamp with time zone NOT NULL,
    created_by text NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    updated_by text NOT NULL,
    CONSTRAINT activity_kind_given CHECK ((btrim(kind) <> ''::text)),
    CONSTRAINT data_object CHECK ((jsonb_typeof(data) = 'object'::text))
);
COMMENT ON TABLE crm_old.activity IS 'What was done about an opportunity, and what there is to do';
COMMENT ON COLUMN crm_old.activity.id IS 'Number of the activity';
COMMENT ON COLUMN crm_old.activity.opportunity_id IS 'The opportunity that it is about, which takes it along when deleted';
COMMENT ON COLUMN crm_old.activity.kind IS 'call, note, form, meeting, email, task, or a kind of your own';
COMMENT ON COLUMN crm_old.activity.subject IS 'What it is, in a line';
COMMENT ON COLUMN crm_old.activity.body IS 'What was said, or is to be done';
COMMENT ON COLUMN crm_old.activity.data IS 'What a form or another kind has besides, a JSON object';
COMMENT ON COLUMN crm_old.activity.due_at IS 'When it is to be done';
COMMENT ON COLUMN crm_old.activity.done_at IS 'When it was done; empty: it is still to do';
COMMENT ON COLUMN crm_old.activity.assignee IS 'Who does it, as your application names its users';
COMMENT ON COLUMN crm_old.activity.created_at IS 'When it was entered';
COMMENT ON COLUMN crm_old.activity.created_by IS 'Who entered it';
COMMENT ON COLUMN crm_old.activity.updated_at IS 'When it was last changed';
COMMENT ON COLUMN crm_old.activity.updated_by IS 'Who changed it last';
ALTER TABLE crm_old.activity ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crm_old.activity_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE crm_old.app_user (
    login text NOT NULL,
    name text NOT NULL,
    email text,
    manager text,
    team text,
    active boolean DEFAULT true NOT NULL,
    CONSTRAINT app_user_name_given CHECK ((btrim(name) <> ''::text)),
    CONSTRAINT login_given CHECK ((btrim(login) <> ''::text)),
    CONSTRAINT own_manager CHECK ((manager <> login))
);
COMMENT ON TABLE crm_old.app_user IS 'The people who use your application, where you want their names and teams here';
COMMENT ON COLUMN crm_old.app_user.login IS 'How your application names the user: what owner, assignee and the like hold';
COMMENT ON COLUMN crm_old.app_user.name IS 'What people see';
COMMENT ON COLUMN crm_old.app_user.email IS 'Where mail reaches the user';
COMMENT ON COLUMN crm_old.app_user.manager IS 'The user whom this one reports to';
COMMENT ON COLUMN crm_old.app_user.team IS 'The team that the user is in';
COMMENT ON COLUMN crm_old.app_user.active IS 'Whether the user still works here';
CREATE TABLE crm_old.opportunity_line (
    id bigint NOT NULL,
    opportunity_id bigint NOT NULL,
    product_id bigint,
    "position" integer DEFAULT 0 NOT NULL,
    description text,
    quantity numeric DEFAULT 1 NOT NULL,
    unit_price numeric NOT NULL,
    discount_percent numeric DEFAULT 0 NOT NULL,
    tax_percent numeric DEFAULT 0 NOT NULL,
    net numeric NOT NULL,
    tax numeric NOT NULL,
    CONSTRAINT discount_range CHECK (((discount_percent >= 0.0) AND (discount_percent <= 100.0))),
    CONSTRAINT quantity_finite CHECK (((quantity > '-Infinity'::numeric) AND (quantity < 'Infinity'::numeric))),
    CONSTRAINT tax_range CHECK (((tax_percent >= 0.0) AND (tax_percent < 'Infinity'::numeric))),
    CONSTRAINT unit_price_finite CHECK (((unit_price > '-Infinity'::numeric) AND (unit_price < 'Infinity'::numeric)))
);
COMMENT ON TABLE crm_old.opportunity_line IS 'What an opportunity is about: products, how many, at which price';
COMMENT ON COLUMN crm_old.opportunity_line.id IS 'Number of the line';
COMMENT ON COLUMN crm_old.opportunity_line.opportunity_id IS 'The opportunity that it is a line of';
COMMENT ON COLUMN crm_old.opportunity_line.product_id IS 'The product; empty: what the description says';
COMMENT ON COLUMN crm_old.opportunity_line."position" IS 'Place among the lines of the opportunity, smallest first';
COMMENT ON COLUMN crm_old.opportunity_line.description IS 'What it is';
COMMENT ON COLUMN crm_old.opportunity_line.quantity IS 'How many';
COMMENT ON COLUMN crm_old.opportunity_line.unit_price IS 'Price of one, before discount and tax, in the currency of the opportunity';
COMMENT ON COLUMN crm_old.opportunity_line.discount_percent IS 'Discount in percent, 0 to 100';
COMMENT ON COLUMN crm_old.opportunity_line.tax_percent IS 'Tax in percent, on top of the net';
COMMENT ON COLUMN crm_old.opportunity_line.net IS 'What the line is worth before tax, rounded to the digits of the currency';
COMMENT ON COLUMN crm_old.opportunity_line.tax IS 'The tax on the net, rounded likewise';
CREATE TABLE crm_old.product (
    id bigint NOT NULL,
    name text NOT NULL,
    category text,
    unit_price numeric,
    currency text DEFAULT opportunities.default_currency(),
    active boolean DEFAULT true NOT NULL,
    custom jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT custom_object CHECK ((jsonb_typeof(custom) = 'object'::text)),
    CONSTRAINT product_name_given CHECK ((btrim(name) <> ''::text)),
    CONSTRAINT unit_price_finite CHECK (((unit_price > '-Infinity'::numeric) AND (unit_price < 'Infinity'::numeric)))
);
COMMENT ON TABLE crm_old.product IS 'Products and services that you sell';
COMMENT ON COLUMN crm_old.product.id IS 'Number of the product';
COMMENT ON COLUMN crm_old.product.name IS 'Name of the product';
COMMENT ON COLUMN crm_old.product.category IS 'Group that it belongs to';
COMMENT ON COLUMN crm_old.product.unit_price IS 'Price of one, before tax; empty: no price of its own';
COMMENT ON COLUMN crm_old.product.currency IS 'Currency of the price; empty: the one unnamed currency';
COMMENT ON COLUMN crm_old.product.active IS 'Whether it is still offered';
COMMENT ON COLUMN crm_old.product.custom IS 'Your own fields, a JSON object';
CREATE VIEW crm_old.bi_line WITH (security_invoker='true') AS
 SELECT l.id,
    l.opportunity_id,
    o.title,
    o.pipeline_id,
    o.stage_id,
    COALESCE(s.kind, 'open'::text) AS state,
    o.account_id,
    a.name AS account,
    o.owner,
    l.product_id,
    COALESCE(p.name, l.description) AS product,
    p.category,
    l.quantity,
    l.unit_price,
    l.discount_percent,
    o.currency,
    l.net,
    l.tax,
    (l.net + l.tax) AS total,
        CASE
            WHEN (s.kind = 'won'::text) THEN l.net
            ELSE NULL::numeric
        END AS won_net,
        CASE
            WHEN (s.kind = 'lost'::text) THEN l.net
            ELSE NULL::numeric
        END AS lost_net,
    opportunities.business_date(o.created_at) AS created_on,
    o.expected_close,
    o.closed_on
   FROM ((((crm_old.opportunity_line l
     JOIN crm_old.opportunity o ON ((o.id = l.opportunity_id)))
     LEFT JOIN crm_old.stage s ON ((s.id = o.stage_id)))
     LEFT JOIN crm_old.account a ON ((a.id = o.account_id)))
     LEFT JOIN crm_old.product p ON ((p.id = l.product_id)));
COMMENT ON VIEW crm_old.bi_line IS 'One row a line of an opportunity: what was offered, won and lost by product. An opportunity without lines has none';
COMMENT ON COLUMN crm_old.bi_line.id IS 'Number of the line';
COMMENT ON COLUMN crm_old.bi_line.opportunity_id IS 'The opportunity that it is a line of: count distinct ones';
COMMENT ON COLUMN crm_old.bi_line.title IS 'What the opportunity is called';
COMMENT ON COLUMN crm_old.bi_line.pipeline_id IS 'The pipeline that the opportunity goes through';
COMMENT ON COLUMN crm_old.bi_line.stage_id IS 'The stage that it is in';
COMMENT ON COLUMN crm_old.bi_line.state IS 'open, won or lost';
COMMENT ON COLUMN crm_old.bi_line.account_id IS 'The person or organization that it is with';
COMMENT ON COLUMN crm_old.bi_line.account IS 'Name of the person or organization';
COMMENT ON COLUMN crm_old.bi_line.owner IS 'Who is responsible for the opportunity';
COMMENT ON COLUMN crm_old.bi_line.product_id IS 'The product; empty: none of those on record';
COMMENT ON COLUMN crm_old.bi_line.product IS 'Name of the product, else what the line says';
COMMENT ON COLUMN crm_old.bi_line.category IS 'Group that the product belongs to';
COMMENT ON COLUMN crm_old.bi_line.quantity IS 'How many';
COMMENT ON COLUMN crm_old.bi_line.unit_price IS 'Price of one, before discount and tax';
COMMENT ON COLUMN crm_old.bi_line.discount_percent IS 'Discount in percent';
COMMENT ON COLUMN crm_old.bi_line.currency IS 'Currency of the amounts; empty: the one unnamed currency';
COMMENT ON COLUMN crm_old.bi_line.net IS 'What the line is worth before tax';
COMMENT ON COLUMN crm_old.bi_line.tax IS 'The tax on it';
COMMENT ON COLUMN crm_old.bi_line.total IS 'Both together';
COMMENT ON COLUMN crm_old.bi_line.won_net IS 'Worth before tax where the opportunity was won';
COMMENT ON COLUMN crm_old.bi_line.lost_net IS 'Worth before tax where the opportunity was lost';
COMMENT ON COLUMN crm_old.bi_line.created_on IS 'The day on which the opportunity was entered, where your business is';
COMMENT ON COLUMN crm_old.bi_line.expected_close IS 'The day on which it will probably be decided';
COMMENT ON COLUMN crm_old.bi_line.closed_on IS 'The day on which it was won or lost';
CREATE VIEW crm_old.bi_opportunity WITH (security_invoker='true') AS
 SELECT o.id,
    o.title,
    o.pipeline_id,
    p.name AS pipeline,
    o.stage_id,
    s.name AS stage,
    s."position" AS stage_position,
    COALESCE(s.kind, 'open'::text) AS state,
    o.account_id,
    a.name AS account,
    a.kind AS account_kind,
    o.owner,
    o.type,
    o.source,
    o.campaign,
    o.close_reason,
    o.currency,
    o.amount,
    o.probability,
    o.estimated_amount,
    o.realized_amount,
        CASE
            WHEN (COALESCE(s.kind, 'open'::text) = 'open'::text) THEN o.estimated_amount
            ELSE NULL::numeric
        END AS forecast_amount,
        CASE
            WHEN (s.kind = 'won'::text) THEN o.amount
            ELSE NULL::numeric
        END AS won_amount,
        CASE
            WHEN (s.kind = 'lost'::text) THEN o.amount
            ELSE NULL::numeric
        END AS lost_amount,
    opportunities.business_date(o.created_at) AS created_on,
    o.expected_close,
    o.closed_on,
    (o.closed_on - opportunities.business_date(o.created_at)) AS days_to_close,
    (opportunities.business_date(now()) - opportunities.business_date(o.stage_entered_at)) AS days_in_stage,
    o.archived
   FROM (((crm_old.opportunity o
     JOIN crm_old.pipeline p ON ((p.id = o.pipeline_id)))
     LEFT JOIN crm_old.stage s ON ((s.id = o.stage_id)))
     LEFT JOIN crm_old.account a ON ((a.id = o.account_id)));
COMMENT ON VIEW crm_old.bi_opportunity IS 'One row an opportunity, with the names of what it belongs to. Sum amounts within one currency only';
COMMENT ON COLUMN crm_old.bi_opportunity.id IS 'Number of the opportunity';
COMMENT ON COLUMN crm_old.bi_opportunity.title IS 'Ours: the title';
COMMENT ON COLUMN crm_old.bi_opportunity.pipeline_id IS 'The pipeline that it goes through';
COMMENT ON COLUMN crm_old.bi_opportunity.pipeline IS 'Name of the pipeline';
COMMENT ON COLUMN crm_old.bi_opportunity.stage_id IS 'The stage that it is in; empty: not yet in any';
COMMENT ON COLUMN crm_old.bi_opportunity.stage IS 'Name of the stage';
COMMENT ON COLUMN crm_old.bi_opportunity.stage_position IS 'Place of the stage in its pipeline, smallest first';
COMMENT ON COLUMN crm_old.bi_opportunity.state IS 'open, won or lost';
COMMENT ON COLUMN crm_old.bi_opportunity.account_id IS 'The person or organization that it is with';
COMMENT ON COLUMN crm_old.bi_opportunity.account IS 'Name of the person or organization';
COMMENT ON COLUMN crm_old.bi_opportunity.account_kind IS 'person or organization';
COMMENT ON COLUMN crm_old.bi_opportunity.owner IS 'Who is responsible for it';
COMMENT ON COLUMN crm_old.bi_opportunity.type IS 'Kind of business';
COMMENT ON COLUMN crm_old.bi_opportunity.source IS 'Where it came from';
COMMENT ON COLUMN crm_old.bi_opportunity.campaign IS 'The campaign that it came from';
COMMENT ON COLUMN crm_old.bi_opportunity.close_reason IS 'Why it was won or lost';
COMMENT ON COLUMN crm_old.bi_opportunity.currency IS 'Currency of its amounts; empty: the one unnamed currency';
COMMENT ON COLUMN crm_old.bi_opportunity.amount IS 'What it is worth before tax';
COMMENT ON COLUMN crm_old.bi_opportunity.probability IS 'Chance of winning in percent, 0 to 100';
COMMENT ON COLUMN crm_old.bi_opportunity.estimated_amount IS 'Amount times probability, whatever became of it';
COMMENT ON COLUMN crm_old.bi_opportunity.realized_amount IS 'What was invoiced less what was returned, with tax';
COMMENT ON COLUMN crm_old.bi_opportunity.forecast_amount IS 'Amount times probability while it is open: what to sum for a forecast';
COMMENT ON COLUMN crm_old.bi_opportunity.won_amount IS 'Amount where it was won';
COMMENT ON COLUMN crm_old.bi_opportunity.lost_amount IS 'Amount where it was lost';
COMMENT ON COLUMN crm_old.bi_opportunity.created_on IS 'The day on which it was entered, where your business is';
COMMENT ON COLUMN crm_old.bi_opportunity.expected_close IS 'The day on which it will probably be decided';
COMMENT ON COLUMN crm_old.bi_opportunity.closed_on IS 'The day on which it was won or lost, where your business is';
COMMENT ON COLUMN crm_old.bi_opportunity.days_to_close IS 'Days from the one to the other; empty while it is open';
COMMENT ON COLUMN crm_old.bi_opportunity.days_in_stage IS 'Days since it came into its stage';
COMMENT ON COLUMN crm_old.bi_opportunity.archived IS 'Whether boards and lists leave it out';
CREATE TABLE crm_old.calendar (
    date date NOT NULL,
    weekday integer NOT NULL,
    weekday_name text NOT NULL,
    weekday_name_fa text NOT NULL,
    week integer NOT NULL,
    year integer NOT NULL,
    quarter integer NOT NULL,
    month integer NOT NULL,
    day integer NOT NULL,
    month_name text NOT NULL,
    month_name_fa text NOT NULL,
    month_label text NOT NULL,
    persian_year integer NOT NULL,
    persian_quarter integer NOT NULL,
    persian_month integer NOT NULL,
    persian_day integer NOT NULL,
    persian_month_name text NOT NULL,
    persian_month_name_fa text NOT NULL,
    persian_month_label text NOT NULL,
    fiscal_year integer NOT NULL,
    fiscal_quarter integer NOT NULL
);
COMMENT ON TABLE crm_old.calendar IS 'Days with their months, quarters and years, Gregorian, Persian and fiscal';
COMMENT ON COLUMN crm_old.calendar.date IS 'The day';
COMMENT ON COLUMN crm_old.calendar.weekday IS 'Day of the week: 1 is Monday, 7 is Sunday';
COMMENT ON COLUMN crm_old.calendar.weekday_name IS 'Day of the week in English';
COMMENT ON COLUMN crm_old.calendar.weekday_name_fa IS 'Day of the week in Persian';
COMMENT ON COLUMN crm_old.calendar.week IS 'Week of the year, as ISO 8601 counts them';
COMMENT ON COLUMN crm_old.calendar.year IS 'Year';
COMMENT ON COLUMN crm_old.calendar.quarter IS 'Quarter of the year, 1 to 4';
COMMENT ON COLUMN crm_old.calendar.month IS 'Month of the year, 1 to 12';
COMMENT ON COLUMN crm_old.calendar.day IS 'Day of the month';
COMMENT ON COLUMN crm_old.calendar.month_name IS 'Name of the month in English';
COMMENT ON COLUMN crm_old.calendar.month_name_fa IS 'Name of the month in Persian';
COMMENT ON COLUMN crm_old.calendar.month_label IS 'Month and year';
COMMENT ON COLUMN crm_old.calendar.persian_year IS 'Persian year';
COMMENT ON COLUMN crm_old.calendar.persian_quarter IS 'Quarter of the Persian year, 1 to 4';
COMMENT ON COLUMN crm_old.calendar.persian_month IS 'Month of the Persian year, 1 to 12';
COMMENT ON COLUMN crm_old.calendar.persian_day IS 'Day of the Persian month';
COMMENT ON COLUMN crm_old.calendar.persian_month_name IS 'Name of the Persian month in Latin letters';
COMMENT ON COLUMN crm_old.calendar.persian_month_name_fa IS 'Name of the Persian month';
COMMENT ON COLUMN crm_old.calendar.persian_month_label IS 'Persian month and year';
COMMENT ON COLUMN crm_old.calendar.fiscal_year IS 'Fiscal year: the number of the year that it begins in';
COMMENT ON COLUMN crm_old.calendar.fiscal_quarter IS 'Quarter of the fiscal year, 1 to 4';
CREATE TABLE crm_old.change_log (
    id bigint NOT NULL,
    table_name text NOT NULL COLLATE pg_catalog."C",
    row_id text NOT NULL COLLATE pg_catalog."C",
    changed_at timestamp with time zone NOT NULL,
    changed_by text NOT NULL,
    transaction_id bigint NOT NULL,
    action text NOT NULL,
    field text,
    old jsonb,
    new jsonb
);
COMMENT ON TABLE crm_old.change_log IS 'Every change of the rows of these tables: who, when, which field, from what to what';
COMMENT ON COLUMN crm_old.change_log.id IS 'Number of the entry: a row''s entries in the order of their numbers are its history';
COMMENT ON COLUMN crm_old.change_log.table_name IS 'The table whose row was changed';
COMMENT ON COLUMN crm_old.change_log.row_id IS 'The row''s key';
COMMENT ON COLUMN crm_old.change_log.changed_at IS 'When it was changed: the time of the transaction';
COMMENT ON COLUMN crm_old.change_log.changed_by IS 'Who changed it';
COMMENT ON COLUMN crm_old.change_log.transaction_id IS 'Number of the transaction: entries of one time and number were made together';
COMMENT ON COLUMN crm_old.change_log.action IS 'insert, update or delete';
COMMENT ON COLUMN crm_old.change_log.field IS 'The column, or custom.NAME; empty: the whole row';
COMMENT ON COLUMN crm_old.change_log.old IS 'What it was; the whole row where it was deleted; empty: nothing';
COMMENT ON COLUMN crm_old.change_log.new IS 'What it became; empty: nothing';
ALTER TABLE crm_old.change_log ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crm_old.change_log_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE crm_old.choice (
    id bigint NOT NULL,
    field text NOT NULL,
    value text NOT NULL,
    label text,
    "position" integer DEFAULT 0 NOT NULL,
    active boolean DEFAULT true NOT NULL,
    stage_kind text,
    CONSTRAINT choice_field_known CHECK (((field = ANY (ARRAY['type'::text, 'source'::text, 'campaign'::text, 'buying_process'::text, 'competitors'::text, 'tags'::text, 'close_reason'::text])) OR (field ~~ 'custom._%'::text))),
    CONSTRAINT choice_stage_kind_known CHECK ((stage_kind = ANY (ARRAY['won'::text, 'lost'::text]))),
    CONSTRAINT choice_stage_kind_of_reason CHECK (((stage_kind IS NULL) OR (field = 'close_reason'::text))),
    CONSTRAINT choice_value_given CHECK ((btrim(value) <> ''::text))
);
COMMENT ON TABLE crm_old.choice IS 'What people choose from: a field that has rows here takes one of them';
COMMENT ON COLUMN crm_old.choice.id IS 'Number of the choice';
COMMENT ON COLUMN crm_old.choice.field IS 'Column of opportunity, or custom.NAME for a field of your own';
COMMENT ON COLUMN crm_old.choice.value IS 'What the field holds';
COMMENT ON COLUMN crm_old.choice.label IS 'What people see; empty: the value';
COMMENT ON COLUMN crm_old.choice."position" IS 'Place among the choices of the field, smallest first';
COMMENT ON COLUMN crm_old.choice.active IS 'Whether it can be chosen; what has it already keeps it';
COMMENT ON COLUMN crm_old.choice.stage_kind IS 'For close reasons: won or lost, where it is for one of them alone';
ALTER TABLE crm_old.choice ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crm_old.choice_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE crm_old.custom_field (
    id bigint NOT NULL,
    pipeline_id bigint,
    name text NOT NULL,
    type text DEFAULT 'text'::text NOT NULL,
    label text,
    required boolean DEFAULT false NOT NULL,
    listed boolean DEFAULT false NOT NULL,
    CONSTRAINT custom_field_name_given CHECK ((btrim(name) <> ''::text)),
    CONSTRAINT custom_field_type_known CHECK ((type = ANY (ARRAY['text'::text, 'number'::text, 'date'::text, 'bool'::text, 'choice'::text])))
);
COMMENT ON TABLE crm_old.custom_field IS 'Your own fields of opportunities, kept in their column custom';
COMMENT ON COLUMN crm_old.custom_field.id IS 'Number of the field';
COMMENT ON COLUMN crm_old.custom_field.pipeline_id IS 'The pipeline whose opportunities have the field; empty: those of all';
COMMENT ON COLUMN crm_old.custom_field.name IS 'Name of the field: its key in custom';
COMMENT ON COLUMN crm_old.custom_field.type IS 'text, number, date, bool or choice: how its values are read and compared';
COMMENT ON COLUMN crm_old.custom_field.label IS 'What people see; empty: the name';
COMMENT ON COLUMN crm_old.custom_field.required IS 'Whether a form insists on a value';
COMMENT ON COLUMN crm_old.custom_field.listed IS 'Whether lists show it unless other columns are asked for';
ALTER TABLE crm_old.custom_field ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crm_old.custom_field_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE crm_old.document (
    id bigint NOT NULL,
    opportunity_id bigint NOT NULL,
    kind text NOT NULL,
    status text DEFAULT 'draft'::text NOT NULL,
    number bigint,
    source_document_id bigint,
    currency text,
    net numeric DEFAULT 0.00 NOT NULL,
    tax numeric DEFAULT 0.00 NOT NULL,
    total numeric DEFAULT 0.00 NOT NULL,
    issued_on date,
    due_on date,
    note text,
    created_at timestamp with time zone NOT NULL,
    created_by text NOT NULL,
    confirmed_at timestamp with time zone,
    confirmed_by text,
    voided_at timestamp with time zone,
    voided_by text,
    CONSTRAINT document_due_invoice CHECK (((due_on IS NULL) OR (kind = 'invoice'::text))),
    CONSTRAINT document_kind_known CHECK ((kind = ANY (ARRAY['quote'::text, 'invoice'::text, 'return'::text]))),
    CONSTRAINT document_number_positive CHECK ((number > 0)),
    CONSTRAINT document_source_of_kind CHECK (
CASE kind
    WHEN 'quote'::text THEN (source_document_id IS NULL)
    WHEN 'return'::text THEN (source_document_id IS NOT NULL)
    ELSE true
END),
    CONSTRAINT document_status_known CHECK ((status = ANY (ARRAY['draft'::text, 'confirmed'::text, 'void'::text]))),
    CONSTRAINT document_status_number CHECK (((number IS NULL) = (status = 'draft'::text))),
    CONSTRAINT document_total_sum CHECK ((total = (net + tax)))
);
COMMENT ON TABLE crm_old.document IS 'Quotes, invoices and returns of opportunities';
COMMENT ON COLUMN crm_old.document.id IS 'Identifier of the document; the number on the paper is number';
COMMENT ON COLUMN crm_old.document.opportunity_id IS 'The opportunity that it belongs to';
COMMENT ON COLUMN crm_old.document.kind IS 'quote, invoice or return';
COMMENT ON COLUMN crm_old.document.status IS 'draft, confirmed or void';
COMMENT ON COLUMN crm_old.document.number IS 'Number among the documents of its kind, without gaps, taken on confirmation';
COMMENT ON COLUMN crm_old.document.source_document_id IS 'The quote that is invoiced, or the invoice that is returned';
COMMENT ON COLUMN crm_old.document.currency IS 'Currency, that of the opportunity; empty: the one unnamed currency';
COMMENT ON COLUMN crm_old.document.net IS 'Sum of its lines before tax';
COMMENT ON COLUMN crm_old.document.tax IS 'Sum of the taxes of its lines';
COMMENT ON COLUMN crm_old.document.total IS 'Sum of its lines with tax';
COMMENT ON COLUMN crm_old.document.issued_on IS 'Its date; the day of its confirmation unless another was given';
COMMENT ON COLUMN crm_old.document.due_on IS 'The day until which an invoice is to be paid';
COMMENT ON COLUMN crm_old.document.note IS 'What else stands on it';
COMMENT ON COLUMN crm_old.document.created_at IS 'When it was made';
COMMENT ON COLUMN crm_old.document.created_by IS 'Who made it';
COMMENT ON COLUMN crm_old.document.confirmed_at IS 'When it was confirmed';
COMMENT ON COLUMN crm_old.document.confirmed_by IS 'Who confirmed it';
COMMENT ON COLUMN crm_old.document.voided_at IS 'When it was voided';
COMMENT ON COLUMN crm_old.document.voided_by IS 'Who voided it';
CREATE TABLE crm_old.document_counter (
    kind text NOT NULL,
    first_number bigint DEFAULT 1 NOT NULL,
    CONSTRAINT document_counter_kind_known CHECK ((kind = ANY (ARRAY['quote'::text, 'invoice'::text, 'return'::text]))),
    CONSTRAINT first_number_positive CHECK ((first_number > 0))
);
COMMENT ON TABLE crm_old.document_counter IS 'Where the numbers of documents begin; who takes one locks the row of the kind';
COMMENT ON COLUMN crm_old.document_counter.kind IS 'quote, invoice or return';
COMMENT ON COLUMN crm_old.document_counter.first_number IS 'The number of the first document of the kind';
ALTER TABLE crm_old.document ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crm_old.document_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE crm_old.document_line (
    id bigint NOT NULL,
    document_id bigint NOT NULL,
    source_line_id bigint,
    product_id bigint,
    "position" integer DEFAULT 0 NOT NULL,
    description text,
    quantity numeric DEFAULT 1 NOT NULL,
    unit_price numeric NOT NULL,
    discount_percent numeric DEFAULT 0 NOT NULL,
    tax_percent numeric DEFAULT 0 NOT NULL,
    net numeric NOT NULL,
    tax numeric NOT NULL,
    CONSTRAINT discount_range CHECK (((discount_percent >= 0.0) AND (discount_percent <= 100.0))),
    CONSTRAINT quantity_finite CHECK (((quantity > '-Infinity'::numeric) AND (quantity < 'Infinity'::numeric))),
    CONSTRAINT tax_range CHECK (((tax_percent >= 0.0) AND (tax_percent < 'Infinity'::numeric))),
    CONSTRAINT unit_price_finite CHECK (((unit_price > '-Infinity'::numeric) AND (unit_price < 'Infinity'::numeric)))
);
COMMENT ON TABLE crm_old.document_line IS 'The lines of documents: what is offered, invoiced or returned';
COMMENT ON COLUMN crm_old.document_line.id IS 'Number of the line';
COMMENT ON COLUMN crm_old.document_line.document_id IS 'The document that it is a line of';
COMMENT ON COLUMN crm_old.document_line.source_line_id IS 'In a return, the line of the invoice that is returned';
COMMENT ON COLUMN crm_old.document_line.product_id IS 'The product; empty: what the description says';
COMMENT ON COLUMN crm_old.document_line."position" IS 'Place among the lines of the document, smallest first';
COMMENT ON COLUMN crm_old.document_line.description IS 'What it is';
COMMENT ON COLUMN crm_old.document_line.quantity IS 'How many';
COMMENT ON COLUMN crm_old.document_line.unit_price IS 'Price of one, before discount and tax, in the currency of the document';
COMMENT ON COLUMN crm_old.document_line.discount_percent IS 'Discount in percent, 0 to 100';
COMMENT ON COLUMN crm_old.document_line.tax_percent IS 'Tax in percent, on top of the net';
COMMENT ON COLUMN crm_old.document_line.net IS 'What the line is worth before tax, rounded to the digits of the currency';
COMMENT ON COLUMN crm_old.document_line.tax IS 'The tax on the net, rounded likewise';
ALTER TABLE crm_old.document_line ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crm_old.document_line_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE crm_old.opportunity ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crm_old.opportunity_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE crm_old.opportunity_line ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crm_old.opportunity_line_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE VIEW crm_old.own AS
 SELECT o.id,
    o.title,
    s.name
   FROM (crm_old.opportunity o
     JOIN crm_old.stage s ON ((s.id = o.stage_id)))
  WHERE opportunities.matches(o.*, 'large'::text);
CREATE TABLE crm_old.payment (
    id bigint NOT NULL,
    opportunity_id bigint NOT NULL,
    document_id bigint,
    direction text DEFAULT 'in'::text NOT NULL,
    amount numeric NOT NULL,
    currency text,
    paid_on date NOT NULL,
    method text,
    reference text,
    created_at timestamp with time zone NOT NULL,
    created_by text NOT NULL,
    CONSTRAINT payment_amount_positive CHECK (((amount > 0.0) AND (amount < 'Infinity'::numeric))),
    CONSTRAINT payment_direction_known CHECK ((direction = ANY (ARRAY['in'::text, 'out'::text])))
);
COMMENT ON TABLE crm_old.payment IS 'What customers paid, and what was paid to them';
COMMENT ON COLUMN crm_old.payment.id IS 'Number of the payment';
COMMENT ON COLUMN crm_old.payment.opportunity_id IS 'The opportunity that it is for';
COMMENT ON COLUMN crm_old.payment.document_id IS 'The document of that opportunity that it is for, if for one';
COMMENT ON COLUMN crm_old.payment.direction IS 'in: received; out: paid by you';
COMMENT ON COLUMN crm_old.payment.amount IS 'How much, more than nothing either way';
COMMENT ON COLUMN crm_old.payment.currency IS 'Currency, that of the opportunity; empty: the one unnamed currency';
COMMENT ON COLUMN crm_old.payment.paid_on IS 'The day of the payment; today where your business is, unless another was given';
COMMENT ON COLUMN crm_old.payment.method IS 'How it was paid';
COMMENT ON COLUMN crm_old.payment.reference IS 'What it can be found by: of the bank, or a cheque';
COMMENT ON COLUMN crm_old.payment.created_at IS 'When it was entered';
COMMENT ON COLUMN crm_old.payment.created_by IS 'Who entered it';
ALTER TABLE crm_old.payment ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crm_old.payment_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE crm_old.pipeline ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crm_old.pipeline_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE crm_old.product ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crm_old.product_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE crm_old.saved_filter (
    id bigint NOT NULL,
    owner text DEFAULT opportunities.me() NOT NULL,
    name text NOT NULL,
    shared boolean DEFAULT false NOT NULL,
    definition jsonb NOT NULL,
    description text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT definition_object CHECK ((jsonb_typeof(definition) = 'object'::text)),
    CONSTRAINT saved_filter_name_given CHECK ((btrim(name) <> ''::text))
);
COMMENT ON TABLE crm_old.saved_filter IS 'Filters that have a name: which opportunities a list, board or report takes';
COMMENT ON COLUMN crm_old.saved_filter.id IS 'Number of the filter';
COMMENT ON COLUMN crm_old.saved_filter.owner IS 'The user whose filter it is, who alone changes and deletes it';
COMMENT ON COLUMN crm_old.saved_filter.name IS 'Name of the filter';
COMMENT ON COLUMN crm_old.saved_filter.shared IS 'Whether the filter counts for everybody, or for its owner alone';
COMMENT ON COLUMN crm_old.saved_filter.definition IS 'The rules, a JSON object';
COMMENT ON COLUMN crm_old.saved_filter.description IS 'What it is for';
COMMENT ON COLUMN crm_old.saved_filter.created_at IS 'When it was saved first';
COMMENT ON COLUMN crm_old.saved_filter.updated_at IS 'When it was last changed';
ALTER TABLE crm_old.saved_filter ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crm_old.saved_filter_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE crm_old.saved_view (
    id bigint NOT NULL,
    pipeline_id bigint,
    owner text DEFAULT opportunities.me() NOT NULL,
    name text NOT NULL,
    shared boolean DEFAULT false NOT NULL,
    is_default boolean DEFAULT false NOT NULL,
    layout text DEFAULT 'grid'::text NOT NULL,
    columns jsonb,
    sort text[],
    lane_by text,
    filter text,
    description text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT columns_array CHECK ((jsonb_typeof(columns) = 'array'::text)),
    CONSTRAINT layout_known CHECK ((layout = ANY (ARRAY['kanban'::text, 'grid'::text]))),
    CONSTRAINT saved_view_name_given CHECK ((btrim(name) <> ''::text))
);
COMMENT ON TABLE crm_old.saved_view IS 'Views that have a name: how a list or board shows opportunities';
COMMENT ON COLUMN crm_old.saved_view.id IS 'Number of the view';
COMMENT ON COLUMN crm_old.saved_view.pipeline_id IS 'The pipeline that it is for; empty: any';
COMMENT ON COLUMN crm_old.saved_view.owner IS 'The user whose view it is, who alone changes and deletes it';
COMMENT ON COLUMN crm_old.saved_view.name IS 'Name of the view';
COMMENT ON COLUMN crm_old.saved_view.shared IS 'Whether the view is for everybody, or for its owner alone';
COMMENT ON COLUMN crm_old.saved_view.is_default IS 'Whether its columns are shown where none are asked for: to its owner, or if shared to everybody';
COMMENT ON COLUMN crm_old.saved_view.layout IS 'kanban (a board) or grid (a list)';
COMMENT ON COLUMN crm_old.saved_view.columns IS 'What it shows: a JSON array with an object for each column, its field and the label that people see; empty: as without a view';
COMMENT ON COLUMN crm_old.saved_view.sort IS 'Fields that it is ordered by, with - before those that run from the largest down';
COMMENT ON COLUMN crm_old.saved_view.lane_by IS 'The field that has a lane for each of its values, on a board';
COMMENT ON COLUMN crm_old.saved_view.filter IS 'Name of the saved filter that it applies';
COMMENT ON COLUMN crm_old.saved_view.description IS 'What it is for';
COMMENT ON COLUMN crm_old.saved_view.created_at IS 'When it was saved first';
COMMENT ON COLUMN crm_old.saved_view.updated_at IS 'When it was last changed';
ALTER TABLE crm_old.saved_view ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crm_old.saved_view_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE crm_old.stage_change ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crm_old.stage_change_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE crm_old.stage ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crm_old.stage_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE crm_old.visit (
    id bigint NOT NULL,
    opportunity_id bigint
);
CREATE TABLE crm_old_many.account (
    tenant_id text DEFAULT opportunities.current_tenant() NOT NULL,
    id bigint NOT NULL,
    name text NOT NULL,
    kind text DEFAULT 'organization'::text NOT NULL,
    custom jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT account_kind_known CHECK ((kind = ANY (ARRAY['person'::text, 'organization'::text]))),
    CONSTRAINT account_name_given CHECK ((btrim(name) <> ''::text)),
    CONSTRAINT custom_object CHECK ((jsonb_typeof(custom) = 'object'::text))
);
COMMENT ON TABLE crm_old_many.account IS 'People and organizations that you do business with';
COMMENT ON COLUMN crm_old_many.account.tenant_id IS 'The customer whose row it is: the setting opportunities.tenant';
COMMENT ON COLUMN crm_old_many.account.id IS 'Number of the account';
COMMENT ON COLUMN crm_old_many.account.name IS 'Name of the person or organization';
COMMENT ON COLUMN crm_old_many.account.kind IS 'person or organization';
COMMENT ON COLUMN crm_old_many.account.custom IS 'Your own fields, a JSON object';
ALTER TABLE crm_old_many.account ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crm_old_many.account_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE crm_old_many.activity (
    tenant_id text DEFAULT opportunities.current_tenant() NOT NULL,
    id bigint NOT NULL,
    opportunity_id bigint NOT NULL,
    kind text NOT NULL,
    subject text,
    body text,
    data jsonb DEFAULT '{}'::jsonb NOT NULL,
    due_at timestamp with time zone,
    done_at timestamp with time zone,
    assignee text,
    created_at timestamp with time zone NOT NULL,
    created_by text NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    updated_by text NOT NULL,
    CONSTRAINT activity_kind_given CHECK ((btrim(kind) <> ''::text)),
    CONSTRAINT data_object CHECK ((jsonb_typeof(data) = 'object'::text))
);
COMMENT ON TABLE crm_old_many.activity IS 'What was done about an opportunity, and what there is to do';
COMMENT ON COLUMN crm_old_many.activity.tenant_id IS 'The customer whose row it is: the setting opportunities.tenant';
COMMENT ON COLUMN crm_old_many.activity.id IS 'Number of the activity';
COMMENT ON COLUMN crm_old_many.activity.opportunity_id IS 'The opportunity that it is about, which takes it along when deleted';
COMMENT ON COLUMN crm_old_many.activity.kind IS 'call, note, form, meeting, email, task, or a kind of your own';
COMMENT ON COLUMN crm_old_many.activity.subject IS 'What it is, in a line';
COMMENT ON COLUMN crm_old_many.activity.body IS 'What was said, or is to be done';
COMMENT ON COLUMN crm_old_many.activity.data IS 'What a form or another kind has besides, a JSON object';
COMMENT ON COLUMN crm_old_many.activity.due_at IS 'When it is to be done';
COMMENT ON COLUMN crm_old_many.activity.done_at IS 'When it was done; empty: it is still to do';
COMMENT ON COLUMN crm_old_many.activity.assignee IS 'Who does it, as your application names its users';
COMMENT ON COLUMN crm_old_many.activity.created_at IS 'When it was entered';
COMMENT ON COLUMN crm_old_many.activity.created_by IS 'Who entered it';
COMMENT ON COLUMN crm_old_many.activity.updated_at IS 'When it was last changed';
COMMENT ON COLUMN crm_old_many.activity.updated_by IS 'Who changed it last';
ALTER TABLE crm_old_many.activity ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crm_old_many.activity_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE crm_old_many.app_user (
    tenant_id text DEFAULT opportunities.current_tenant() NOT NULL,
    login text NOT NULL,
    name text NOT NULL,
    email text,
    manager text,
    team text,
    active boolean DEFAULT true NOT NULL,
    CONSTRAINT app_user_name_given CHECK ((btrim(name) <> ''::text)),
    CONSTRAINT login_given CHECK ((btrim(login) <> ''::text)),
    CONSTRAINT own_manager CHECK ((manager <> login))
);
COMMENT ON TABLE crm_old_many.app_user IS 'The people who use your application, where you want their names and teams here';
COMMENT ON COLUMN crm_old_many.app_user.tenant_id IS 'The customer whose row it is: the setting opportunities.tenant';
COMMENT ON COLUMN crm_old_many.app_user.login IS 'How your application names the user: what owner, assignee and the like hold';
COMMENT ON COLUMN crm_old_many.app_user.name IS 'What people see';
COMMENT ON COLUMN crm_old_many.app_user.email IS 'Where mail reaches the user';
COMMENT ON COLUMN crm_old_many.app_user.manager IS 'The user whom this one reports to';
COMMENT ON COLUMN crm_old_many.app_user.team IS 'The team that the user is in';
COMMENT ON COLUMN crm_old_many.app_user.active IS 'Whether the user still works here';
CREATE TABLE crm_old_many.opportunity_line (
    tenant_id text DEFAULT opportunities.current_tenant() NOT NULL,
    id bigint NOT NULL,
    opportunity_id bigint NOT NULL,
    product_id bigint,
    "position" integer DEFAULT 0 NOT NULL,
    description text,
    quantity numeric DEFAULT 1 NOT NULL,
    unit_price numeric NOT NULL,
    discount_percent numeric DEFAULT 0 NOT NULL,
    tax_percent numeric DEFAULT 0 NOT NULL,
    net numeric NOT NULL,
    tax numeric NOT NULL,
    CONSTRAINT discount_range CHECK (((discount_percent >= 0.0) AND (discount_percent <= 100.0))),
    CONSTRAINT quantity_finite CHECK (((quantity > '-Infinity'::numeric) AND (quantity < 'Infinity'::numeric))),
    CONSTRAINT tax_range CHECK (((tax_percent >= 0.0) AND (tax_percent < 'Infinity'::numeric))),
    CONSTRAINT unit_price_finite CHECK (((unit_price > '-Infinity'::numeric) AND (unit_price < 'Infinity'::numeric)))
);
COMMENT ON TABLE crm_old_many.opportunity_line IS 'What an opportunity is about: products, how many, at which price';
COMMENT ON COLUMN crm_old_many.opportunity_line.tenant_id IS 'The customer whose row it is: the setting opportunities.tenant';
COMMENT ON COLUMN crm_old_many.opportunity_line.id IS 'Number of the line';
COMMENT ON COLUMN crm_old_many.opportunity_line.opportunity_id IS 'The opportunity that it is a line of';
COMMENT ON COLUMN crm_old_many.opportunity_line.product_id IS 'The product; empty: what the description says';
COMMENT ON COLUMN crm_old_many.opportunity_line."position" IS 'Place among the lines of the opportunity, smallest first';
COMMENT ON COLUMN crm_old_many.opportunity_line.description IS 'What it is';
COMMENT ON COLUMN crm_old_many.opportunity_line.quantity IS 'How many';
COMMENT ON COLUMN crm_old_many.opportunity_line.unit_price IS 'Price of one, before discount and tax, in the currency of the opportunity';
COMMENT ON COLUMN crm_old_many.opportunity_line.discount_percent IS 'Discount in percent, 0 to 100';
COMMENT ON COLUMN crm_old_many.opportunity_line.tax_percent IS 'Tax in percent, on top of the net';
COMMENT ON COLUMN crm_old_many.opportunity_line.net IS 'What the line is worth before tax, rounded to the digits of the currency';
COMMENT ON COLUMN crm_old_many.opportunity_line.tax IS 'The tax on the net, rounded likewise';
CREATE TABLE crm_old_many.product (
    tenant_id text DEFAULT opportunities.current_tenant() NOT NULL,
    id bigint NOT NULL,
    name text NOT NULL,
    category text,
    unit_price numeric,
    currency text DEFAULT opportunities.default_currency(),
    active boolean DEFAULT true NOT NULL,
    custom jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT custom_object CHECK ((jsonb_typeof(custom) = 'object'::text)),
    CONSTRAINT product_name_given CHECK ((btrim(name) <> ''::text)),
    CONSTRAINT unit_price_finite CHECK (((unit_price > '-Infinity'::numeric) AND (unit_price < 'Infinity'::numeric)))
);
COMMENT ON TABLE crm_old_many.product IS 'Products and services that you sell';
COMMENT ON COLUMN crm_old_many.product.tenant_id IS 'The customer whose row it is: the setting opportunities.tenant';
COMMENT ON COLUMN crm_old_many.product.id IS 'Number of the product';
COMMENT ON COLUMN crm_old_many.product.name IS 'Name of the product';
COMMENT ON COLUMN crm_old_many.product.category IS 'Group that it belongs to';
COMMENT ON COLUMN crm_old_many.product.unit_price IS 'Price of one, before tax; empty: no price of its own';
COMMENT ON COLUMN crm_old_many.product.currency IS 'Currency of the price; empty: the one unnamed currency';
COMMENT ON COLUMN crm_old_many.product.active IS 'Whether it is still offered';
COMMENT ON COLUMN crm_old_many.product.custom IS 'Your own fields, a JSON object';
CREATE VIEW crm_old_many.bi_line WITH (security_invoker='true') AS
 SELECT l.id,
    l.opportunity_id,
    o.title,
    o.pipeline_id,
    o.stage_id,
    COALESCE(s.kind, 'open'::text) AS state,
    o.account_id,
    a.name AS account,
    o.owner,
    l.product_id,
    COALESCE(p.name, l.description) AS product,
    p.category,
    l.quantity,
    l.unit_price,
    l.discount_percent,
    o.currency,
    l.net,
    l.tax,
    (l.net + l.tax) AS total,
        CASE
            WHEN (s.kind = 'won'::text) THEN l.net
            ELSE NULL::numeric
        END AS won_net,
        CASE
            WHEN (s.kind = 'lost'::text) THEN l.net
            ELSE NULL::numeric
        END AS lost_net,
    opportunities.business_date(o.created_at) AS created_on,
    o.expected_close,
    o.closed_on
   FROM ((((crm_old_many.opportunity_line l
     JOIN crm_old_many.opportunity o ON ((o.id = l.opportunity_id)))
     LEFT JOIN crm_old_many.stage s ON ((s.id = o.stage_id)))
     LEFT JOIN crm_old_many.account a ON ((a.id = o.account_id)))
     LEFT JOIN crm_old_many.product p ON ((p.id = l.product_id)));
COMMENT ON VIEW crm_old_many.bi_line IS 'One row a line of an opportunity: what was offered, won and lost by product. An opportunity without lines has none';
COMMENT ON COLUMN crm_old_many.bi_line.id IS 'Number of the line';
COMMENT ON COLUMN crm_old_many.bi_line.opportunity_id IS 'The opportunity that it is a line of: count distinct ones';
COMMENT ON COLUMN crm_old_many.bi_line.title IS 'What the opportunity is called';
COMMENT ON COLUMN crm_old_many.bi_line.pipeline_id IS 'The pipeline that the opportunity goes through';
COMMENT ON COLUMN crm_old_many.bi_line.stage_id IS 'The stage that it is in';
COMMENT ON COLUMN crm_old_many.bi_line.state IS 'open, won or lost';
COMMENT ON COLUMN crm_old_many.bi_line.account_id IS 'The person or organization that it is with';
COMMENT ON COLUMN crm_old_many.bi_line.account IS 'Name of the person or organization';
COMMENT ON COLUMN crm_old_many.bi_line.owner IS 'Who is responsible for the opportunity';
COMMENT ON COLUMN crm_old_many.bi_line.product_id IS 'The product; empty: none of those on record';
COMMENT ON COLUMN crm_old_many.bi_line.product IS 'Name of the product, else what the line says';
COMMENT ON COLUMN crm_old_many.bi_line.category IS 'Group that the product belongs to';
COMMENT ON COLUMN crm_old_many.bi_line.quantity IS 'How many';
COMMENT ON COLUMN crm_old_many.bi_line.unit_price IS 'Price of one, before discount and tax';
COMMENT ON COLUMN crm_old_many.bi_line.discount_percent IS 'Discount in percent';
COMMENT ON COLUMN crm_old_many.bi_line.currency IS 'Currency of the amounts; empty: the one unnamed currency';
COMMENT ON COLUMN crm_old_many.bi_line.net IS 'What the line is worth before tax';
COMMENT ON COLUMN crm_old_many.bi_line.tax IS 'The tax on it';
COMMENT ON COLUMN crm_old_many.bi_line.total IS 'Both together';
COMMENT ON COLUMN crm_old_many.bi_line.won_net IS 'Worth before tax where the opportunity was won';
COMMENT ON COLUMN crm_old_many.bi_line.lost_net IS 'Worth before tax where the opportunity was lost';
COMMENT ON COLUMN crm_old_many.bi_line.created_on IS 'The day on which the opportunity was entered, where your business is';
COMMENT ON COLUMN crm_old_many.bi_line.expected_close IS 'The day on which it will probably be decided';
COMMENT ON COLUMN crm_old_many.bi_line.closed_on IS 'The day on which it was won or lost';
CREATE VIEW crm_old_many.bi_opportunity WITH (security_invoker='true') AS
 SELECT o.id,
    o.title,
    o.pipeline_id,
    p.name AS pipeline,
    o.stage_id,
    s.name AS stage,
    s."position" AS stage_position,
    COALESCE(s.kind, 'open'::text) AS state,
    o.account_id,
    a.name AS account,
    a.kind AS account_kind,
    o.owner,
    o.type,
    o.source,
    o.campaign,
    o.close_reason,
    o.currency,
    o.amount,
    o.probability,
    o.estimated_amount,
    o.realized_amount,
        CASE
            WHEN (COALESCE(s.kind, 'open'::text) = 'open'::text) THEN o.estimated_amount
            ELSE NULL::numeric
        END AS forecast_amount,
        CASE
            WHEN (s.kind = 'won'::text) THEN o.amount
            ELSE NULL::numeric
        END AS won_amount,
        CASE
            WHEN (s.kind = 'lost'::text) THEN o.amount
            ELSE NULL::numeric
        END AS lost_amount,
    opportunities.business_date(o.created_at) AS created_on,
    o.expected_close,
    o.closed_on,
    (o.closed_on - opportunities.business_date(o.created_at)) AS days_to_close,
    (opportunities.business_date(now()) - opportunities.business_date(o.stage_entered_at)) AS days_in_stage,
    o.archived
   FROM (((crm_old_many.opportunity o
     JOIN crm_old_many.pipeline p ON ((p.id = o.pipeline_id)))
     LEFT JOIN crm_old_many.stage s ON ((s.id = o.stage_id)))
     LEFT JOIN crm_old_many.account a ON ((a.id = o.account_id)));
COMMENT ON VIEW crm_old_many.bi_opportunity IS 'One row an opportunity, with the names of what it belongs to. Sum amounts within one currency only';
COMMENT ON COLUMN crm_old_many.bi_opportunity.id IS 'Number of the opportunity';
COMMENT ON COLUMN crm_old_many.bi_opportunity.title IS 'What it is called';
COMMENT ON COLUMN crm_old_many.bi_opportunity.pipeline_id IS 'The pipeline that it goes through';
COMMENT ON COLUMN crm_old_many.bi_opportunity.pipeline IS 'Name of the pipeline';
COMMENT ON COLUMN crm_old_many.bi_opportunity.stage_id IS 'The stage that it is in; empty: not yet in any';
COMMENT ON COLUMN crm_old_many.bi_opportunity.stage IS 'Name of the stage';
COMMENT ON COLUMN crm_old_many.bi_opportunity.stage_position IS 'Place of the stage in its pipeline, smallest first';
COMMENT ON COLUMN crm_old_many.bi_opportunity.state IS 'open, won or lost';
COMMENT ON COLUMN crm_old_many.bi_opportunity.account_id IS 'The person or organization that it is with';
COMMENT ON COLUMN crm_old_many.bi_opportunity.account IS 'Name of the person or organization';
COMMENT ON COLUMN crm_old_many.bi_opportunity.account_kind IS 'person or organization';
COMMENT ON COLUMN crm_old_many.bi_opportunity.owner IS 'Who is responsible for it';
COMMENT ON COLUMN crm_old_many.bi_opportunity.type IS 'Kind of business';
COMMENT ON COLUMN crm_old_many.bi_opportunity.source IS 'Where it came from';
COMMENT ON COLUMN crm_old_many.bi_opportunity.campaign IS 'The campaign that it came from';
COMMENT ON COLUMN crm_old_many.bi_opportunity.close_reason IS 'Why it was won or lost';
COMMENT ON COLUMN crm_old_many.bi_opportunity.currency IS 'Currency of its amounts; empty: the one unnamed currency';
COMMENT ON COLUMN crm_old_many.bi_opportunity.amount IS 'What it is worth before tax';
COMMENT ON COLUMN crm_old_many.bi_opportunity.probability IS 'Chance of winning in percent, 0 to 100';
COMMENT ON COLUMN crm_old_many.bi_opportunity.estimated_amount IS 'Amount times probability, whatever became of it';
COMMENT ON COLUMN crm_old_many.bi_opportunity.realized_amount IS 'What was invoiced less what was returned, with tax';
COMMENT ON COLUMN crm_old_many.bi_opportunity.forecast_amount IS 'Amount times probability while it is open: what to sum for a forecast';
COMMENT ON COLUMN crm_old_many.bi_opportunity.won_amount IS 'Amount where it was won';
COMMENT ON COLUMN crm_old_many.bi_opportunity.lost_amount IS 'Amount where it was lost';
COMMENT ON COLUMN crm_old_many.bi_opportunity.created_on IS 'The day on which it was entered, where your business is';
COMMENT ON COLUMN crm_old_many.bi_opportunity.expected_close IS 'The day on which it will probably be decided';
COMMENT ON COLUMN crm_old_many.bi_opportunity.closed_on IS 'The day on which it was won or lost, where your business is';
COMMENT ON COLUMN crm_old_many.bi_opportunity.days_to_close IS 'Days from the one to the other; empty while it is open';
COMMENT ON COLUMN crm_old_many.bi_opportunity.days_in_stage IS 'Days since it came into its stage';
COMMENT ON COLUMN crm_old_many.bi_opportunity.archived IS 'Whether boards and lists leave it out';
CREATE TABLE crm_old_many.calendar (
    date date NOT NULL,
    weekday integer NOT NULL,
    weekday_name text NOT NULL,
    weekday_name_fa text NOT NULL,
    week integer NOT NULL,
    year integer NOT NULL,
    quarter integer NOT NULL,
    month integer NOT NULL,
    day integer NOT NULL,
    month_name text NOT NULL,
    month_name_fa text NOT NULL,
    month_label text NOT NULL,
    persian_year integer NOT NULL,
    persian_quarter integer NOT NULL,
    persian_month integer NOT NULL,
    persian_day integer NOT NULL,
    persian_month_name text NOT NULL,
    persian_month_name_fa text NOT NULL,
    persian_month_label text NOT NULL,
    fiscal_year integer NOT NULL,
    fiscal_quarter integer NOT NULL
);
COMMENT ON TABLE crm_old_many.calendar IS 'Days with their months, quarters and years, Gregorian, Persian and fiscal';
COMMENT ON COLUMN crm_old_many.calendar.date IS 'The day';
COMMENT ON COLUMN crm_old_many.calendar.weekday IS 'Day of the week: 1 is Monday, 7 is Sunday';
COMMENT ON COLUMN crm_old_many.calendar.weekday_name IS 'Day of the week in English';
COMMENT ON COLUMN crm_old_many.calendar.weekday_name_fa IS 'Day of the week in Persian';
COMMENT ON COLUMN crm_old_many.calendar.week IS 'Week of the year, as ISO 8601 counts them';
COMMENT ON COLUMN crm_old_many.calendar.year IS 'Year';
COMMENT ON COLUMN crm_old_many.calendar.quarter IS 'Quarter of the year, 1 to 4';
COMMENT ON COLUMN crm_old_many.calendar.month IS 'Month of the year, 1 to 12';
COMMENT ON COLUMN crm_old_many.calendar.day IS 'Day of the month';
COMMENT ON COLUMN crm_old_many.calendar.month_name IS 'Name of the month in English';
COMMENT ON COLUMN crm_old_many.calendar.month_name_fa IS 'Name of the month in Persian';
COMMENT ON COLUMN crm_old_many.calendar.month_label IS 'Month and year';
COMMENT ON COLUMN crm_old_many.calendar.persian_year IS 'Persian year';
COMMENT ON COLUMN crm_old_many.calendar.persian_quarter IS 'Quarter of the Persian year, 1 to 4';
COMMENT ON COLUMN crm_old_many.calendar.persian_month IS 'Month of the Persian year, 1 to 12';
COMMENT ON COLUMN crm_old_many.calendar.persian_day IS 'Day of the Persian month';
COMMENT ON COLUMN crm_old_many.calendar.persian_month_name IS 'Name of the Persian month in Latin letters';
COMMENT ON COLUMN crm_old_many.calendar.persian_month_name_fa IS 'Name of the Persian month';
COMMENT ON COLUMN crm_old_many.calendar.persian_month_label IS 'Persian month and year';
COMMENT ON COLUMN crm_old_many.calendar.fiscal_year IS 'Fiscal year: the number of the year that it begins in';
COMMENT ON COLUMN crm_old_many.calendar.fiscal_quarter IS 'Quarter of the fiscal year, 1 to 4';
CREATE TABLE crm_old_many.change_log (
    tenant_id text DEFAULT opportunities.current_tenant() NOT NULL,
    id bigint NOT NULL,
    table_name text NOT NULL COLLATE pg_catalog."C",
    row_id text NOT NULL COLLATE pg_catalog."C",
    changed_at timestamp with time zone NOT NULL,
    changed_by text NOT NULL,
    transaction_id bigint NOT NULL,
    action text NOT NULL,
    field text,
    old jsonb,
    new jsonb
);
COMMENT ON TABLE crm_old_many.change_log IS 'Every change of the rows of these tables: who, when, which field, from what to what';
COMMENT ON COLUMN crm_old_many.change_log.tenant_id IS 'The customer whose row it is: the setting opportunities.tenant';
COMMENT ON COLUMN crm_old_many.change_log.id IS 'Number of the entry: a row''s entries in the order of their numbers are its history';
COMMENT ON COLUMN crm_old_many.change_log.table_name IS 'The table whose row was changed';
COMMENT ON COLUMN crm_old_many.change_log.row_id IS 'The row''s key';
COMMENT ON COLUMN crm_old_many.change_log.changed_at IS 'When it was changed: the time of the transaction';
COMMENT ON COLUMN crm_old_many.change_log.changed_by IS 'Who changed it';
COMMENT ON COLUMN crm_old_many.change_log.transaction_id IS 'Number of the transaction: entries of one time and number were made together';
COMMENT ON COLUMN crm_old_many.change_log.action IS 'insert, update or delete';
COMMENT ON COLUMN crm_old_many.change_log.field IS 'The column, or custom.NAME; empty: the whole row';
COMMENT ON COLUMN crm_old_many.change_log.old IS 'What it was; the whole row where it was deleted; empty: nothing';
COMMENT ON COLUMN crm_old_many.change_log.new IS 'What it became; empty: nothing';
ALTER TABLE crm_old_many.change_log ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crm_old_many.change_log_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE crm_old_many.choice (
    tenant_id text DEFAULT opportunities.current_tenant() NOT NULL,
    id bigint NOT NULL,
    field text NOT NULL,
    value text NOT NULL,
    label text,
    "position" integer DEFAULT 0 NOT NULL,
    active boolean DEFAULT true NOT NULL,
    stage_kind text,
    CONSTRAINT choice_field_known CHECK (((field = ANY (ARRAY['type'::text, 'source'::text, 'campaign'::text, 'buying_process'::text, 'competitors'::text, 'tags'::text, 'close_reason'::text])) OR (field ~~ 'custom._%'::text))),
    CONSTRAINT choice_stage_kind_known CHECK ((stage_kind = ANY (ARRAY['won'::text, 'lost'::text]))),
    CONSTRAINT choice_stage_kind_of_reason CHECK (((stage_kind IS NULL) OR (field = 'close_reason'::text))),
    CONSTRAINT choice_value_given CHECK ((btrim(value) <> ''::text))
);
COMMENT ON TABLE crm_old_many.choice IS 'What people choose from: a field that has rows here takes one of them';
COMMENT ON COLUMN crm_old_many.choice.tenant_id IS 'The customer whose row it is: the setting opportunities.tenant';
COMMENT ON COLUMN crm_old_many.choice.id IS 'Number of the choice';
COMMENT ON COLUMN crm_old_many.choice.field IS 'Column of opportunity, or custom.NAME for a field of your own';
COMMENT ON COLUMN crm_old_many.choice.value IS 'What the field holds';
COMMENT ON COLUMN crm_old_many.choice.label IS 'What people see; empty: the value';
COMMENT ON COLUMN crm_old_many.choice."position" IS 'Place among the choices of the field, smallest first';
COMMENT ON COLUMN crm_old_many.choice.active IS 'Whether it can be chosen; what has it already keeps it';
COMMENT ON COLUMN crm_old_many.choice.stage_kind IS 'For close reasons: won or lost, where it is for one of them alone';
ALTER TABLE crm_old_many.choice ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crm_old_many.choice_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE crm_old_many.custom_field (
    tenant_id text DEFAULT opportunities.current_tenant() NOT NULL,
    id bigint NOT NULL,
    pipeline_id bigint,
    name text NOT NULL,
    type text DEFAULT 'text'::text NOT NULL,
    label text,
    required boolean DEFAULT false NOT NULL,
    listed boolean DEFAULT false NOT NULL,
    CONSTRAINT custom_field_name_given CHECK ((btrim(name) <> ''::text)),
    CONSTRAINT custom_field_type_known CHECK ((type = ANY (ARRAY['text'::text, 'number'::text, 'date'::text, 'bool'::text, 'choice'::text])))
);
COMMENT ON TABLE crm_old_many.custom_field IS 'Your own fields of opportunities, kept in their column custom';
COMMENT ON COLUMN crm_old_many.custom_field.tenant_id IS 'The customer whose row it is: the setting opportunities.tenant';
COMMENT ON COLUMN crm_old_many.custom_field.id IS 'Number of the field';
COMMENT ON COLUMN crm_old_many.custom_field.pipeline_id IS 'The pipeline whose opportunities have the field; empty: those of all';
COMMENT ON COLUMN crm_old_many.custom_field.name IS 'Name of the field: its key in custom';
COMMENT ON COLUMN crm_old_many.custom_field.type IS 'text, number, date, bool or choice: how its values are read and compared';
COMMENT ON COLUMN crm_old_many.custom_field.label IS 'What people see; empty: the name';
COMMENT ON COLUMN crm_old_many.custom_field.required IS 'Whether a form insists on a value';
COMMENT ON COLUMN crm_old_many.custom_field.listed IS 'Whether lists show it unless other columns are asked for';
ALTER TABLE crm_old_many.custom_field ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crm_old_many.custom_field_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE crm_old_many.document (
    tenant_id text DEFAULT opportunities.current_tenant() NOT NULL,
    id bigint NOT NULL,
    opportunity_id bigint NOT NULL,
    kind text NOT NULL,
    status text DEFAULT 'draft'::text NOT NULL,
    number bigint,
    source_document_id bigint,
    currency text,
    net numeric DEFAULT 0.00 NOT NULL,
    tax numeric DEFAULT 0.00 NOT NULL,
    total numeric DEFAULT 0.00 NOT NULL,
    issued_on date,
    due_on date,
    note text,
    created_at timestamp with time zone NOT NULL,
    created_by text NOT NULL,
    confirmed_at timestamp with time zone,
    confirmed_by text,
    voided_at timestamp with time zone,
    voided_by text,
    CONSTRAINT document_due_invoice CHECK (((due_on IS NULL) OR (kind = 'invoice'::text))),
    CONSTRAINT document_kind_known CHECK ((kind = ANY (ARRAY['quote'::text, 'invoice'::text, 'return'::text]))),
    CONSTRAINT document_number_positive CHECK ((number > 0)),
    CONSTRAINT document_source_of_kind CHECK (
CASE kind
    WHEN 'quote'::text THEN (source_document_id IS NULL)
    WHEN 'return'::text THEN (source_document_id IS NOT NULL)
    ELSE true
END),
    CONSTRAINT document_status_known CHECK ((status = ANY (ARRAY['draft'::text, 'confirmed'::text, 'void'::text]))),
    CONSTRAINT document_status_number CHECK (((number IS NULL) = (status = 'draft'::text))),
    CONSTRAINT document_total_sum CHECK ((total = (net + tax)))
);
COMMENT ON TABLE crm_old_many.document IS 'Quotes, invoices and returns of opportunities';
COMMENT ON COLUMN crm_old_many.document.tenant_id IS 'The customer whose row it is: the setting opportunities.tenant';
COMMENT ON COLUMN crm_old_many.document.id IS 'Identifier of the document; the number on the paper is number';
COMMENT ON COLUMN crm_old_many.document.opportunity_id IS 'The opportunity that it belongs to';
COMMENT ON COLUMN crm_old_many.document.kind IS 'quote, invoice or return';
COMMENT ON COLUMN crm_old_many.document.status IS 'draft, confirmed or void';
COMMENT ON COLUMN crm_old_many.document.number IS 'Number among the documents of its kind, without gaps, taken on confirmation';
COMMENT ON COLUMN crm_old_many.document.source_document_id IS 'The quote that is invoiced, or the invoice that is returned';
COMMENT ON COLUMN crm_old_many.document.currency IS 'Currency, that of the opportunity; empty: the one unnamed currency';
COMMENT ON COLUMN crm_old_many.document.net IS 'Sum of its lines before tax';
COMMENT ON COLUMN crm_old_many.document.tax IS 'Sum of the taxes of its lines';
COMMENT ON COLUMN crm_old_many.document.total IS 'Sum of its lines with tax';
COMMENT ON COLUMN crm_old_many.document.issued_on IS 'Its date; the day of its confirmation unless another was given';
COMMENT ON COLUMN crm_old_many.document.due_on IS 'The day until which an invoice is to be paid';
COMMENT ON COLUMN crm_old_many.document.note IS 'What else stands on it';
COMMENT ON COLUMN crm_old_many.document.created_at IS 'When it was made';
COMMENT ON COLUMN crm_old_many.document.created_by IS 'Who made it';
COMMENT ON COLUMN crm_old_many.document.confirmed_at IS 'When it was confirmed';
COMMENT ON COLUMN crm_old_many.document.confirmed_by IS 'Who confirmed it';
COMMENT ON COLUMN crm_old_many.document.voided_at IS 'When it was voided';
COMMENT ON COLUMN crm_old_many.document.voided_by IS 'Who voided it';
CREATE TABLE crm_old_many.document_counter (
    tenant_id text DEFAULT opportunities.current_tenant() NOT NULL,
    kind text NOT NULL,
    first_number bigint DEFAULT 1 NOT NULL,
    CONSTRAINT document_counter_kind_known CHECK ((kind = ANY (ARRAY['quote'::text, 'invoice'::text, 'return'::text]))),
    CONSTRAINT first_number_positive CHECK ((first_number > 0))
);
COMMENT ON TABLE crm_old_many.document_counter IS 'Where the numbers of documents begin; who takes one locks the row of the kind';
COMMENT ON COLUMN crm_old_many.document_counter.tenant_id IS 'The customer whose row it is: the setting opportunities.tenant';
COMMENT ON COLUMN crm_old_many.document_counter.kind IS 'quote, invoice or return';
COMMENT ON COLUMN crm_old_many.document_counter.first_number IS 'The number of the first document of the kind';
ALTER TABLE crm_old_many.document ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crm_old_many.document_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE crm_old_many.document_line (
    tenant_id text DEFAULT opportunities.current_tenant() NOT NULL,
    id bigint NOT NULL,
    document_id bigint NOT NULL,
    source_line_id bigint,
    product_id bigint,
    "position" integer DEFAULT 0 NOT NULL,
    description text,
    quantity numeric DEFAULT 1 NOT NULL,
    unit_price numeric NOT NULL,
    discount_percent numeric DEFAULT 0 NOT NULL,
    tax_percent numeric DEFAULT 0 NOT NULL,
    net numeric NOT NULL,
    tax numeric NOT NULL,
    CONSTRAINT discount_range CHECK (((discount_percent >= 0.0) AND (discount_percent <= 100.0))),
    CONSTRAINT quantity_finite CHECK (((quantity > '-Infinity'::numeric) AND (quantity < 'Infinity'::numeric))),
    CONSTRAINT tax_range CHECK (((tax_percent >= 0.0) AND (tax_percent < 'Infinity'::numeric))),
    CONSTRAINT unit_price_finite CHECK (((unit_price > '-Infinity'::numeric) AND (unit_price < 'Infinity'::numeric)))
);
COMMENT ON TABLE crm_old_many.document_line IS 'The lines of documents: what is offered, invoiced or returned';
COMMENT ON COLUMN crm_old_many.document_line.tenant_id IS 'The customer whose row it is: the setting opportunities.tenant';
COMMENT ON COLUMN crm_old_many.document_line.id IS 'Number of the line';
COMMENT ON COLUMN crm_old_many.document_line.document_id IS 'The document that it is a line of';
COMMENT ON COLUMN crm_old_many.document_line.source_line_id IS 'In a return, the line of the invoice that is returned';
COMMENT ON COLUMN crm_old_many.document_line.product_id IS 'The product; empty: what the description says';
COMMENT ON COLUMN crm_old_many.document_line."position" IS 'Place among the lines of the document, smallest first';
COMMENT ON COLUMN crm_old_many.document_line.description IS 'What it is';
COMMENT ON COLUMN crm_old_many.document_line.quantity IS 'How many';
COMMENT ON COLUMN crm_old_many.document_line.unit_price IS 'Price of one, before discount and tax, in the currency of the document';
COMMENT ON COLUMN crm_old_many.document_line.discount_percent IS 'Discount in percent, 0 to 100';
COMMENT ON COLUMN crm_old_many.document_line.tax_percent IS 'Tax in percent, on top of the net';
COMMENT ON COLUMN crm_old_many.document_line.net IS 'What the line is worth before tax, rounded to the digits of the currency';
COMMENT ON COLUMN crm_old_many.document_line.tax IS 'The tax on the net, rounded likewise';
ALTER TABLE crm_old_many.document_line ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crm_old_many.document_line_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE crm_old_many.opportunity ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crm_old_many.opportunity_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE crm_old_many.opportunity_line ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crm_old_many.opportunity_line_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE crm_old_many.payment (
    tenant_id text DEFAULT opportunities.current_tenant() NOT NULL,
    id bigint NOT NULL,
    opportunity_id bigint NOT NULL,
    document_id bigint,
    direction text DEFAULT 'in'::text NOT NULL,
    amount numeric NOT NULL,
    currency text,
    paid_on date NOT NULL,
    method text,
    reference text,
    created_at timestamp with time zone NOT NULL,
    created_by text NOT NULL,
    CONSTRAINT payment_amount_positive CHECK (((amount > 0.0) AND (amount < 'Infinity'::numeric))),
    CONSTRAINT payment_direction_known CHECK ((direction = ANY (ARRAY['in'::text, 'out'::text])))
);
COMMENT ON TABLE crm_old_many.payment IS 'What customers paid, and what was paid to them';
COMMENT ON COLUMN crm_old_many.payment.tenant_id IS 'The customer whose row it is: the setting opportunities.tenant';
COMMENT ON COLUMN crm_old_many.payment.id IS 'Number of the payment';
COMMENT ON COLUMN crm_old_many.payment.opportunity_id IS 'The opportunity that it is for';
COMMENT ON COLUMN crm_old_many.payment.document_id IS 'The document of that opportunity that it is for, if for one';
COMMENT ON COLUMN crm_old_many.payment.direction IS 'in: received; out: paid by you';
COMMENT ON COLUMN crm_old_many.payment.amount IS 'How much, more than nothing either way';
COMMENT ON COLUMN crm_old_many.payment.currency IS 'Currency, that of the opportunity; empty: the one unnamed currency';
COMMENT ON COLUMN crm_old_many.payment.paid_on IS 'The day of the payment; today where your business is, unless another was given';
COMMENT ON COLUMN crm_old_many.payment.method IS 'How it was paid';
COMMENT ON COLUMN crm_old_many.payment.reference IS 'What it can be found by: of the bank, or a cheque';
COMMENT ON COLUMN crm_old_many.payment.created_at IS 'When it was entered';
COMMENT ON COLUMN crm_old_many.payment.created_by IS 'Who entered it';
ALTER TABLE crm_old_many.payment ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crm_old_many.payment_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE crm_old_many.pipeline ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crm_old_many.pipeline_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE crm_old_many.product ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crm_old_many.product_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE crm_old_many.saved_filter (
    tenant_id text DEFAULT opportunities.current_tenant() NOT NULL,
    id bigint NOT NULL,
    owner text DEFAULT opportunities.me() NOT NULL,
    name text NOT NULL,
    shared boolean DEFAULT false NOT NULL,
    definition jsonb NOT NULL,
    description text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT definition_object CHECK ((jsonb_typeof(definition) = 'object'::text)),
    CONSTRAINT saved_filter_name_given CHECK ((btrim(name) <> ''::text))
);
COMMENT ON TABLE crm_old_many.saved_filter IS 'Filters that have a name: which opportunities a list, board or report takes';
COMMENT ON COLUMN crm_old_many.saved_filter.tenant_id IS 'The customer whose row it is: the setting opportunities.tenant';
COMMENT ON COLUMN crm_old_many.saved_filter.id IS 'Number of the filter';
COMMENT ON COLUMN crm_old_many.saved_filter.owner IS 'The user whose filter it is, who alone changes and deletes it';
COMMENT ON COLUMN crm_old_many.saved_filter.name IS 'Name of the filter';
COMMENT ON COLUMN crm_old_many.saved_filter.shared IS 'Whether the filter counts for everybody, or for its owner alone';
COMMENT ON COLUMN crm_old_many.saved_filter.definition IS 'The rules, a JSON object';
COMMENT ON COLUMN crm_old_many.saved_filter.description IS 'What it is for';
COMMENT ON COLUMN crm_old_many.saved_filter.created_at IS 'When it was saved first';
COMMENT ON COLUMN crm_old_many.saved_filter.updated_at IS 'When it was last changed';
ALTER TABLE crm_old_many.saved_filter ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crm_old_many.saved_filter_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE crm_old_many.saved_view (
    tenant_id text DEFAULT opportunities.current_tenant() NOT NULL,
    id bigint NOT NULL,
    pipeline_id bigint,
    owner text DEFAULT opportunities.me() NOT NULL,
    name text NOT NULL,
    shared boolean DEFAULT false NOT NULL,
    is_default boolean DEFAULT false NOT NULL,
    layout text DEFAULT 'grid'::text NOT NULL,
    columns jsonb,
    sort text[],
    lane_by text,
    filter text,
    description text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT columns_array CHECK ((jsonb_typeof(columns) = 'array'::text)),
    CONSTRAINT layout_known CHECK ((layout = ANY (ARRAY['kanban'::text, 'grid'::text]))),
    CONSTRAINT saved_view_name_given CHECK ((btrim(name) <> ''::text))
);
COMMENT ON TABLE crm_old_many.saved_view IS 'Views that have a name: how a list or board shows opportunities';
COMMENT ON COLUMN crm_old_many.saved_view.tenant_id IS 'The customer whose row it is: the setting opportunities.tenant';
COMMENT ON COLUMN crm_old_many.saved_view.id IS 'Number of the view';
COMMENT ON COLUMN crm_old_many.saved_view.pipeline_id IS 'The pipeline that it is for; empty: any';
COMMENT ON COLUMN crm_old_many.saved_view.owner IS 'The user whose view it is, who alone changes and deletes it';
COMMENT ON COLUMN crm_old_many.saved_view.name IS 'Name of the view';
COMMENT ON COLUMN crm_old_many.saved_view.shared IS 'Whether the view is for everybody, or for its owner alone';
COMMENT ON COLUMN crm_old_many.saved_view.is_default IS 'Whether its columns are shown where none are asked for: to its owner, or if shared to everybody';
COMMENT ON COLUMN crm_old_many.saved_view.layout IS 'kanban (a board) or grid (a list)';
COMMENT ON COLUMN crm_old_many.saved_view.columns IS 'What it shows: a JSON array with an object for each column, its field and the label that people see; empty: as without a view';
COMMENT ON COLUMN crm_old_many.saved_view.sort IS 'Fields that it is ordered by, with - before those that run from the largest down';
COMMENT ON COLUMN crm_old_many.saved_view.lane_by IS 'The field that has a lane for each of its values, on a board';
COMMENT ON COLUMN crm_old_many.saved_view.filter IS 'Name of the saved filter that it applies';
COMMENT ON COLUMN crm_old_many.saved_view.description IS 'What it is for';
COMMENT ON COLUMN crm_old_many.saved_view.created_at IS 'When it was saved first';
COMMENT ON COLUMN crm_old_many.saved_view.updated_at IS 'When it was last changed';
ALTER TABLE crm_old_many.saved_view ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crm_old_many.saved_view_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE crm_old_many.stage_change ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crm_old_many.stage_change_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE crm_old_many.stage ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crm_old_many.stage_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE crm_old_mapped.deals (
    key uuid NOT NULL,
    phase integer,
    subject text,
    worth numeric(12,2),
    chance integer
);
CREATE VIEW crm_old_mapped.opportunity AS
 SELECT deals.key AS id,
    deals.phase AS stage_id,
    deals.subject AS title,
    deals.worth AS amount,
    deals.chance AS probability
   FROM crm_old_mapped.deals;
CREATE TABLE crm_old_mapped.saved_filter (
    id bigint NOT NULL,
    owner text DEFAULT opportunities.me() NOT NULL,
    name text NOT NULL,
    shared boolean DEFAULT false NOT NULL,
    definition jsonb NOT NULL,
    description text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT definition_object CHECK ((jsonb_typeof(definition) = 'object'::text)),
    CONSTRAINT saved_filter_name_given CHECK ((btrim(name) <> ''::text))
);
COMMENT ON TABLE crm_old_mapped.saved_filter IS 'Filters that have a name: which opportunities a list, board or report takes';
COMMENT ON COLUMN crm_old_mapped.saved_filter.id IS 'Number of the filter';
COMMENT ON COLUMN crm_old_mapped.saved_filter.owner IS 'The user whose filter it is, who alone changes and deletes it';
COMMENT ON COLUMN crm_old_mapped.saved_filter.name IS 'Name of the filter';
COMMENT ON COLUMN crm_old_mapped.saved_filter.shared IS 'Whether the filter counts for everybody, or for its owner alone';
COMMENT ON COLUMN crm_old_mapped.saved_filter.definition IS 'The rules, a JSON object';
COMMENT ON COLUMN crm_old_mapped.saved_filter.description IS 'What it is for';
COMMENT ON COLUMN crm_old_mapped.saved_filter.created_at IS 'When it was saved first';
COMMENT ON COLUMN crm_old_mapped.saved_filter.updated_at IS 'When it was last changed';
ALTER TABLE crm_old_mapped.saved_filter ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crm_old_mapped.saved_filter_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE crm_old_mapped.saved_view (
    id bigint NOT NULL,
    pipeline_id bigint,
    owner text DEFAULT opportunities.me() NOT NULL,
    name text NOT NULL,
    shared boolean DEFAULT false NOT NULL,
    is_default boolean DEFAULT false NOT NULL,
    layout text DEFAULT 'grid'::text NOT NULL,
    columns jsonb,
    sort text[],
    lane_by text,
    filter text,
    description text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT columns_array CHECK ((jsonb_typeof(columns) = 'array'::text)),
    CONSTRAINT layout_known CHECK ((layout = ANY (ARRAY['kanban'::text, 'grid'::text]))),
    CONSTRAINT saved_view_name_given CHECK ((btrim(name) <> ''::text))
);
COMMENT ON TABLE crm_old_mapped.saved_view IS 'Views that have a name: how a list or board shows opportunities';
COMMENT ON COLUMN crm_old_mapped.saved_view.id IS 'Number of the view';
COMMENT ON COLUMN crm_old_mapped.saved_view.pipeline_id IS 'The pipeline that it is for; empty: any';
COMMENT ON COLUMN crm_old_mapped.saved_view.owner IS 'The user whose view it is, who alone changes and deletes it';
COMMENT ON COLUMN crm_old_mapped.saved_view.name IS 'Name of the view';
COMMENT ON COLUMN crm_old_mapped.saved_view.shared IS 'Whether the view is for everybody, or for its owner alone';
COMMENT ON COLUMN crm_old_mapped.saved_view.is_default IS 'Whether its columns are shown where none are asked for: to its owner, or if shared to everybody';
COMMENT ON COLUMN crm_old_mapped.saved_view.layout IS 'kanban (a board) or grid (a list)';
COMMENT ON COLUMN crm_old_mapped.saved_view.columns IS 'What it shows: a JSON array with an object for each column, its field and the label that people see; empty: as without a view';
COMMENT ON COLUMN crm_old_mapped.saved_view.sort IS 'Fields that it is ordered by, with - before those that run from the largest down';
COMMENT ON COLUMN crm_old_mapped.saved_view.lane_by IS 'The field that has a lane for each of its values, on a board';
COMMENT ON COLUMN crm_old_mapped.saved_view.filter IS 'Name of the saved filter that it applies';
COMMENT ON COLUMN crm_old_mapped.saved_view.description IS 'What it is for';
COMMENT ON COLUMN crm_old_mapped.saved_view.created_at IS 'When it was saved first';
COMMENT ON COLUMN crm_old_mapped.saved_view.updated_at IS 'When it was last changed';
ALTER TABLE crm_old_mapped.saved_view ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME crm_old_mapped.saved_view_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
COPY crm_old.account (id, name, kind, custom) FROM stdin;
1	Aria	organization	{}
2	Mina	person	{}
\.
COPY crm_old.activity (id, opportunity_id, kind, subject, body, data, due_at, done_at, assignee, created_at, created_by, updated_at, updated_by) FROM stdin;
1	1	call	Called	\N	{}	\N	2025-06-01 00:00:00+00	\N	2026-11-30 18:25:51.650951+00	sara	2026-11-30 18:25:51.650951+00	sara
2	2	task	Call	\N	{}	2025-12-01 00:00:00+00	\N	\N	2026-11-30 18:25:51.650951+00	sara	2026-11-30 18:25:51.650951+00	sara
\.
COPY crm_old.app_user (login, name, email, manager, team, active) FROM stdin;
omid	Omid	\N	\N	\N	t
sara	Sara	\N	omid	\N	t
\.
COPY crm_old.calendar (date, weekday, weekday_name, weekday_name_fa, week, year, quarter, month, day, month_name, month_name_fa, month_label, persian_year, persian_quarter, persian_month, persian_day, persian_month_name, persian_month_name_fa, persian_month_label, fiscal_year, fiscal_quarter) FROM stdin;
2025-12-28	7	Sunday	یکشنبه	52	2025	4	12	28	December	دسامبر	December 2025	1404	4	10	7	Dey	دی	دی ۱۴۰۴	2025	4
2025-12-29	1	Monday	دوشنبه	1	2025	4	12	29	December	دسامبر	December 2025	1404	4	10	8	Dey	دی	دی ۱۴۰۴	2025	4
2025-12-30	2	Tuesday	سه‌شنبه	1	2025	4	12	30	December	دسامبر	December 2025	1404	4	10	9	Dey	دی	دی ۱۴۰۴	2025	4
2025-12-31	3	Wednesday	چهارشنبه	1	2025	4	12	31	December	دسامبر	December 2025	1404	4	10	10	Dey	دی	دی ۱۴۰۴	2025	4
2026-01-01	4	Thursday	پنج‌شنبه	1	2026	1	1	1	January	ژانویه	January 2026	1404	4	10	11	Dey	دی	دی ۱۴۰۴	2026	1
2026-01-02	5	Friday	جمعه	1	2026	1	1	2	January	ژانویه	January 2026	1404	4	10	12	Dey	دی	دی ۱۴۰۴	2026	1
2026-01-03	6	Saturday	شنبه	1	2026	1	1	3	January	ژانویه	January 2026	1404	4	10	13	Dey	دی	دی ۱۴۰۴	2026	1
2026-01-04	7	Sunday	یکشنبه	1	2026	1	1	4	January	ژانویه	January 2026	1404	4	10	14	Dey	دی	دی ۱۴۰۴	2026	1
2026-03-19	4	Thursday	پنج‌شنبه	12	2026	1	3	19	March	مارس	March 2026	1404	4	12	28	Esfand	اسفند	اسفند ۱۴۰۴	2026	1
2026-03-20	5	Friday	جمعه	12	2026	1	3	20	March	مارس	March 2026	1404	4	12	29	Esfand	اسفند	اسفند ۱۴۰۴	2026	1
2026-03-21	6	Saturday	شنبه	12	2026	1	3	21	March	مارس	March 2026	1405	1	1	1	Farvardin	فروردین	فروردین ۱۴۰۵	2026	1
2026-03-22	7	Sunday	یکشنبه	12	2026	1	3	22	March	مارس	March 2026	1405	1	1	2	Farvardin	فروردین	فروردین ۱۴۰۵	2026	1
\.
COPY crm_old.change_log (id, table_name, row_id, changed_at, changed_by, transaction_id, action, field, old, new) FROM stdin;
1	pipeline	1	2026-11-30 18:25:49.499247+00	postgres	970	insert	\N	\N	\N
2	stage	1	2026-11-30 18:25:49.499247+00	postgres	970	insert	\N	\N	\N
3	stage	2	2026-11-30 18:25:49.499247+00	postgres	970	insert	\N	\N	\N
4	stage	3	2026-11-30 18:25:49.499247+00	postgres	970	insert	\N	\N	\N
5	stage	4	2026-11-30 18:25:49.499247+00	postgres	970	insert	\N	\N	\N
6	stage	5	2026-11-30 18:25:49.499247+00	postgres	970	insert	\N	\N	\N
7	stage	6	2026-11-30 18:25:49.499247+00	postgres	970	insert	\N	\N	\N
8	app_user	omid	2026-11-30 18:25:51.593637+00	sara	973	insert	\N	\N	\N
9	app_user	sara	2026-11-30 18:25:51.593637+00	sara	973	insert	\N	\N	\N
10	account	1	2026-11-30 18:25:51.597731+00	sara	974	insert	\N	\N	\N
11	account	2	2026-11-30 18:25:51.597731+00	sara	974	insert	\N	\N	\N
12	choice	1	2026-11-30 18:25:51.600007+00	sara	975	insert	\N	\N	\N
13	choice	2	2026-11-30 18:25:51.600007+00	sara	975	insert	\N	\N	\N
14	custom_field	1	2026-11-30 18:25:51.608011+00	sara	976	insert	\N	\N	\N
15	product	1	2026-11-30 18:25:51.614223+00	sara	977	insert	\N	\N	\N
16	product	2	2026-11-30 18:25:51.614223+00	sara	977	insert	\N	\N	\N
17	opportunity	1	2026-11-30 18:25:51.614891+00	sara	978	insert	\N	\N	\N
18	opportunity	2	2026-11-30 18:25:51.614891+00	sara	978	insert	\N	\N	\N
19	opportunity	3	2026-11-30 18:25:51.614891+00	sara	978	insert	\N	\N	\N
20	opportunity	4	2026-11-30 18:25:51.614891+00	sara	978	insert	\N	\N	\N
21	opportunity	5	2026-11-30 18:25:51.614891+00	sara	978	insert	\N	\N	\N
22	opportunity	6	2026-11-30 18:25:51.614891+00	sara	978	insert	\N	\N	\N
23	opportunity	7	2026-11-30 18:25:51.614891+00	sara	978	insert	\N	\N	\N
24	opportunity	8	2026-11-30 18:25:51.614891+00	sara	978	insert	\N	\N	\N
25	opportunity	9	2026-11-30 18:25:51.614891+00	sara	978	insert	\N	\N	\N
26	opportunity	10	2026-11-30 18:25:51.614891+00	sara	978	insert	\N	\N	\N
27	opportunity	11	2026-11-30 18:25:51.614891+00	sara	978	insert	\N	\N	\N
28	opportunity	12	2026-11-30 18:25:51.614891+00	sara	978	insert	\N	\N	\N
29	opportunity	13	2026-11-30 18:25:51.633393+00	sara	979	insert	\N	\N	\N
30	opportunity_line	1	2026-11-30 18:25:51.634362+00	sara	980	insert	\N	\N	\N
31	opportunity_line	2	2026-11-30 18:25:51.634362+00	sara	980	insert	\N	\N	\N
32	opportunity_line	3	2026-11-30 18:25:51.634362+00	sara	980	insert	\N	\N	\N
33	opportunity_line	4	2026-11-30 18:25:51.634362+00	sara	980	insert	\N	\N	\N
34	opportunity	7	2026-11-30 18:25:51.638604+00	sara	981	update	title	"Deal 7"	"Deal 7!"
35	opportunity	1	2026-11-30 18:25:51.641223+00	sara	982	update	stage_id	2	3
36	opportunity	1	2026-11-30 18:25:51.641223+00	sara	982	update	position	4294967296	12884901888
37	opportunity	9	2026-11-30 18:25:51.641223+00	sara	982	update	stage_id	4	3
38	opportunity	9	2026-11-30 18:25:51.641223+00	sara	982	update	position	8589934592	17179869184
39	opportunity	3	2026-11-30 18:25:51.649072+00	sara	983	update	stage_id	4	5
40	opportunity	3	2026-11-30 18:25:51.649072+00	sara	983	update	closed_at	\N	"2026-11-30T18:25:51.649072+00:00"
41	opportunity	3	2026-11-30 18:25:51.649072+00	sara	983	update	closed_on	\N	"2026-11-30"
42	opportunity	3	2026-11-30 18:25:51.649072+00	sara	983	update	position	4294967296	12884901888
43	opportunity	1	2026-11-30 18:25:51.649072+00	sara	983	update	stage_id	3	5
44	opportunity	1	2026-11-30 18:25:51.649072+00	sara	983	update	closed_at	\N	"2026-11-30T18:25:51.649072+00:00"
45	opportunity	1	2026-11-30 18:25:51.649072+00	sara	983	update	closed_on	\N	"2026-11-30"
46	opportunity	1	2026-11-30 18:25:51.649072+00	sara	983	update	position	12884901888	17179869184
47	opportunity	13	2026-11-30 18:25:51.650526+00	sara	984	update	stage_id	\N	2
48	opportunity	13	2026-11-30 18:25:51.650526+00	sara	984	update	probability	\N	25.00
49	opportunity	13	2026-11-30 18:25:51.650526+00	sara	984	update	position	4294967296	12884901888
50	activity	1	2026-11-30 18:25:51.650951+00	sara	985	insert	\N	\N	\N
51	activity	2	2026-11-30 18:25:51.650951+00	sara	985	insert	\N	\N	\N
52	document	1	2026-11-30 18:25:51.658732+00	sara	986	insert	\N	\N	\N
53	document_line	1	2026-11-30 18:25:51.658732+00	sara	986	insert	\N	\N	\N
54	document	1	2026-11-30 18:25:51.658732+00	sara	986	update	status	"draft"	"confirmed"
55	document	1	2026-11-30 18:25:51.658732+00	sara	986	update	number	\N	1
56	document	1	2026-11-30 18:25:51.658732+00	sara	986	update	issued_on	\N	"2026-11-30"
57	document	1	2026-11-30 18:25:51.658732+00	sara	986	update	confirmed_at	\N	"2026-11-30T18:25:51.658732+00:00"
58	document	1	2026-11-30 18:25:51.658732+00	sara	986	update	confirmed_by	\N	"sara"
59	document	2	2026-11-30 18:25:51.658732+00	sara	986	insert	\N	\N	\N
60	document_line	2	2026-11-30 18:25:51.658732+00	sara	986	insert	\N	\N	\N
61	document	2	2026-11-30 18:25:51.658732+00	sara	986	update	status	"draft"	"confirmed"
62	document	2	2026-11-30 18:25:51.658732+00	sara	986	update	number	\N	2
63	document	2	2026-11-30 18:25:51.658732+00	sara	986	update	issued_on	\N	"2026-11-30"
64	document	2	2026-11-30 18:25:51.658732+00	sara	986	update	confirmed_at	\N	"2026-11-30T18:25:51.658732+00:00"
65	document	2	2026-11-30 18:25:51.658732+00	sara	986	update	confirmed_by	\N	"sara"
66	document	3	2026-11-30 18:25:51.674461+00	sara	987	insert	\N	\N	\N
67	document_line	3	2026-11-30 18:25:51.674461+00	sara	987	insert	\N	\N	\N
68	document	3	2026-11-30 18:25:51.674461+00	sara	987	update	status	"draft"	"confirmed"
69	document	3	2026-11-30 18:25:51.674461+00	sara	987	update	number	\N	1
70	document	3	2026-11-30 18:25:51.674461+00	sara	987	update	issued_on	\N	"2026-11-30"
71	document	3	2026-11-30 18:25:51.674461+00	sara	987	update	confirmed_at	\N	"2026-11-30T18:25:51.674461+00:00"
72	document	3	2026-11-30 18:25:51.674461+00	sara	987	update	confirmed_by	\N	"sara"
73	opportunity	1	2026-11-30 18:25:51.674461+00	sara	987	update	realized_amount	0.00	2.73
74	document	4	2026-11-30 18:25:51.681519+00	sara	988	insert	\N	\N	\N
75	document_line	4	2026-11-30 18:25:51.681519+00	sara	988	insert	\N	\N	\N
76	payment	1	2026-11-30 18:25:51.68933+00	sara	989	insert	\N	\N	\N
77	opportunity	9	2026-11-30 18:25:51.693327+00	sara	990	delete	\N	{"id": 9, "tags": [], "type": null, "owner": "sara", "title": "Deal 9", "amount": 94.50, "custom": {"employees": 9}, "source": null, "version": 2, "archived": false, "campaign": null, "currency": "EUR", "position": 17179869184, "stage_id": 3, "closed_at": null, "closed_on": null, "account_id": 2, "created_at": "2025-01-01T10:00:00+00:00", "created_by": "sara", "updated_at": "2026-11-30T18:25:51.641223+00:00", "updated_by": "sara", "amount_mode": "manual", "competitors": [], "description": null, "pipeline_id": 1, "probability": 45.00, "close_reason": null, "buying_process": null, "expected_close": null, "realized_amount": 0.00, "estimated_amount": 42.525000, "last_activity_at": null, "probability_mode": "manual", "stage_entered_at": "2026-11-30T18:25:51.641223+00:00", "stage_entered_by": "sara"}	\N
78	saved_filter	1	2026-11-30 18:25:51.697445+00	sara	991	insert	\N	\N	\N
79	saved_filter	2	2026-11-30 18:25:51.697445+00	sara	991	insert	\N	\N	\N
80	saved_view	1	2026-11-30 18:25:51.697445+00	sara	991	insert	\N	\N	\N
\.
COPY crm_old.choice (id, field, value, label, "position", active, stage_kind) FROM stdin;
1	source	web	\N	0	t	\N
2	source	fair	\N	0	f	\N
\.
COPY crm_old.custom_field (id, pipeline_id, name, type, label, required, listed) FROM stdin;
1	\N	employees	number	\N	f	f
\.
COPY crm_old.document (id, opportunity_id, kind, status, number, source_document_id, currency, net, tax, total, issued_on, due_on, note, created_at, created_by, confirmed_at, confirmed_by, voided_at, voided_by) FROM stdin;
1	1	quote	confirmed	1	\N	\N	2.50	0.23	2.73	2026-11-30	\N	\N	2026-11-30 18:25:51.658732+00	sara	2026-11-30 18:25:51.658732+00	sara	\N	\N
2	2	quote	confirmed	2	\N	\N	5.00	0.45	5.45	2026-11-30	\N	\N	2026-11-30 18:25:51.658732+00	sara	2026-11-30 18:25:51.658732+00	sara	\N	\N
3	1	invoice	confirmed	1	1	\N	2.50	0.23	2.73	2026-11-30	\N	\N	2026-11-30 18:25:51.674461+00	sara	2026-11-30 18:25:51.674461+00	sara	\N	\N
4	3	invoice	draft	\N	\N	EUR	7.49	0.67	8.16	\N	\N	\N	2026-11-30 18:25:51.681519+00	sara	\N	\N	\N	\N
\.
COPY crm_old.document_counter (kind, first_number) FROM stdin;
quote	1
invoice	1
\.
COPY crm_old.document_line (id, document_id, source_line_id, product_id, "position", description, quantity, unit_price, discount_percent, tax_percent, net, tax) FROM stdin;
1	1	\N	2	0	\N	2.5	1.11	10	9	2.50	0.23
2	2	\N	1	0	\N	2.5	2.22	10	9	5.00	0.45
3	3	\N	2	0	\N	2.5	1.11	10	9	2.50	0.23
4	4	\N	2	0	\N	2.5	3.33	10	9	7.49	0.67
\.
COPY crm_old.opportunity (id, account_id, pipeline_id, stage_id, title, description, owner, type, source, campaign, buying_process, competitors, tags, currency, amount, amount_mode, probability, probability_mode, realized_amount, expected_close, closed_at, closed_on, close_reason, "position", archived, custom, version, created_at, created_by, updated_at, updated_by, stage_entered_at, stage_entered_by, last_activity_at, region) FROM stdin;
2	1	1	3	Deal 2	\N	omid	\N	\N	\N	\N	{}	{}	\N	21.00	manual	10.00	manual	0.00	\N	\N	\N	\N	4294967296	f	{"employees": 2}	1	2025-01-01 10:00:00+00	sara	2026-11-30 18:25:51.614891+00	sara	2025-02-01 10:00:00+00	sara	\N	sara
4	1	1	5	Deal 4	\N	omid	\N	\N	\N	\N	{}	{}	\N	42.00	manual	20.00	manual	0.00	\N	2026-11-30 18:25:51.614891+00	2026-11-30	\N	4294967296	f	{"employees": 4}	1	2025-01-01 10:00:00+00	sara	2026-11-30 18:25:51.614891+00	sara	2025-02-01 10:00:00+00	sara	\N	sara
5	2	1	6	Deal 5	\N	sara	\N	\N	\N	\N	{}	{}	\N	52.50	manual	25.00	manual	0.00	\N	2026-11-30 18:25:51.614891+00	2026-11-30	\N	4294967296	f	{"employees": 5}	1	2025-01-01 10:00:00+00	sara	2026-11-30 18:25:51.614891+00	sara	2025-02-01 10:00:00+00	sara	\N	sara
6	1	1	1	Deal 6	\N	omid	\N	\N	\N	\N	{}	{}	EUR	63.00	manual	30.00	manual	0.00	\N	\N	\N	\N	4294967296	f	{"employees": 6}	1	2025-01-01 10:00:00+00	sara	2026-11-30 18:25:51.614891+00	sara	2025-02-01 10:00:00+00	sara	\N	sara
8	1	1	3	Deal 8	\N	omid	\N	\N	\N	\N	{}	{}	\N	84.00	manual	40.00	manual	0.00	\N	\N	\N	\N	8589934592	f	{"employees": 8}	1	2025-01-01 10:00:00+00	sara	2026-11-30 18:25:51.614891+00	sara	2025-02-01 10:00:00+00	sara	\N	sara
10	1	1	5	Deal 10	\N	omid	\N	\N	\N	\N	{}	{}	\N	105.00	manual	50.00	manual	0.00	\N	2026-11-30 18:25:51.614891+00	2026-11-30	\N	8589934592	f	{"employees": 10}	1	2025-01-01 10:00:00+00	sara	2026-11-30 18:25:51.614891+00	sara	2025-02-01 10:00:00+00	sara	\N	sara
11	2	1	6	Deal 11	\N	sara	\N	\N	\N	\N	{}	{}	\N	115.50	manual	55.00	manual	0.00	\N	2026-11-30 18:25:51.614891+00	2026-11-30	\N	8589934592	f	{"employees": 11}	1	2025-01-01 10:00:00+00	sara	2026-11-30 18:25:51.614891+00	sara	2025-02-01 10:00:00+00	sara	\N	sara
12	1	1	1	Deal 12	\N	omid	\N	\N	\N	\N	{}	{}	EUR	126.00	manual	60.00	manual	0.00	\N	\N	\N	\N	8589934592	f	{"employees": 12}	1	2025-01-01 10:00:00+00	sara	2026-11-30 18:25:51.614891+00	sara	2025-02-01 10:00:00+00	sara	\N	sara
7	2	1	2	Deal 7!	\N	sara	\N	\N	\N	\N	{}	{}	\N	73.50	manual	35.00	manual	0.00	\N	\N	\N	\N	8589934592	f	{"employees": 7}	2	2025-01-01 10:00:00+00	sara	2026-11-30 18:25:51.638604+00	sara	2025-02-01 10:00:00+00	sara	\N	sara
3	2	1	5	Deal 3	\N	sara	\N	\N	\N	\N	{}	{}	EUR	31.50	manual	15.00	manual	0.00	\N	2026-11-30 18:25:51.649072+00	2026-11-30	\N	12884901888	f	{"employees": 3}	2	2025-01-01 10:00:00+00	sara	2026-11-30 18:25:51.649072+00	sara	2026-11-30 18:25:51.649072+00	sara	\N	sara
13	\N	1	2	Not staged	\N	\N	\N	\N	\N	\N	{}	{}	\N	\N	auto	25.00	auto	0.00	\N	\N	\N	\N	12884901888	f	{}	2	2026-11-30 18:25:51.633393+00	sara	2026-11-30 18:25:51.650526+00	sara	2026-11-30 18:25:51.650526+00	sara	\N	sara
1	2	1	5	Deal 1	\N	sara	\N	\N	\N	\N	{}	{}	\N	10.50	manual	5.00	manual	2.73	\N	2026-11-30 18:25:51.649072+00	2026-11-30	\N	17179869184	f	{"employees": 1}	3	2025-01-01 10:00:00+00	sara	2026-11-30 18:25:51.649072+00	sara	2026-11-30 18:25:51.649072+00	sara	2025-06-01 00:00:00+00	sara
\.
COPY crm_old.opportunity_line (id, opportunity_id, product_id, "position", description, quantity, unit_price, discount_percent, tax_percent, net, tax) FROM stdin;
1	1	2	0	\N	2.5	1.11	10	9	2.50	0.23
2	2	1	0	\N	2.5	2.22	10	9	5.00	0.45
3	3	2	0	\N	2.5	3.33	10	9	7.49	0.67
4	4	1	0	\N	2.5	4.44	10	9	9.99	0.90
\.
COPY crm_old.payment (id, opportunity_id, document_id, direction, amount, currency, paid_on, method, reference, created_at, created_by) FROM stdin;
1	1	3	in	7.5	\N	2025-07-01	\N	\N	2026-11-30 18:25:51.68933+00	sara
\.
COPY crm_old.pipeline (id, name, "position", active) FROM stdin;
1	Sales	1	t
\.
COPY crm_old.product (id, name, category, unit_price, currency, active, custom) FROM stdin;
1	Printer	\N	120.50	\N	t	{}
2	Service	\N	80	\N	t	{}
\.
COPY crm_old.saved_filter (id, owner, name, shared, definition, description, created_at, updated_at) FROM stdin;
1	sara	large	t	{"rules": [{"field": "amount", "value": 3000, "operator": ">"}], "combinator": "and"}	\N	2026-11-30 18:25:51.697445+00	2026-11-30 18:25:51.697445+00
2	sara	mine	f	{"rules": [{"field": "owner", "value": {"user": "current"}, "operator": "="}], "combinator": "and"}	\N	2026-11-30 18:25:51.697445+00	2026-11-30 18:25:51.697445+00
\.
COPY crm_old.saved_view (id, pipeline_id, owner, name, shared, is_default, layout, columns, sort, lane_by, filter, description, created_at, updated_at) FROM stdin;
1	\N	sara	board	f	f	kanban	[{"field": "title"}, {"field": "amount"}, {"field": "account.name"}]	{-amount}	\N	\N	\N	2026-11-30 18:25:51.697445+00	2026-11-30 18:25:51.697445+00
\.
COPY crm_old.stage (id, pipeline_id, name, "position", kind, probability, active, max_days, reason_required, archive_after) FROM stdin;
1	1	Lead	1	open	10.00	t	\N	f	30
2	1	Qualified	2	open	25.00	t	\N	f	30
3	1	Proposal	3	open	50.00	t	\N	f	30
4	1	Negotiation	4	open	75.00	t	\N	f	30
5	1	Won	5	won	\N	t	\N	f	30
6	1	Lost	6	lost	\N	t	\N	f	30
\.
COPY crm_old.stage_change (id, opportunity_id, from_pipeline_id, from_stage_id, to_pipeline_id, to_stage_id, changed_at, changed_by, stayed) FROM stdin;
1	1	1	2	1	3	2026-11-30 18:25:51.641223+00	sara	667 days 08:25:51.641223
2	9	1	4	1	3	2026-11-30 18:25:51.641223+00	sara	667 days 08:25:51.641223
3	3	1	4	1	5	2026-11-30 18:25:51.649072+00	sara	667 days 08:25:51.649072
4	1	1	3	1	5	2026-11-30 18:25:51.649072+00	sara	00:00:00.007849
5	13	1	\N	1	2	2026-11-30 18:25:51.650526+00	sara	00:00:00.017133
\.
COPY crm_old.visit (id, opportunity_id) FROM stdin;
\.
COPY crm_old_many.account (tenant_id, id, name, kind, custom) FROM stdin;
acme	1	Ours	organization	{}
\.
COPY crm_old_many.activity (tenant_id, id, opportunity_id, kind, subject, body, data, due_at, done_at, assignee, created_at, created_by, updated_at, updated_by) FROM stdin;
\.
COPY crm_old_many.app_user (tenant_id, login, name, email, manager, team, active) FROM stdin;
\.
COPY crm_old_many.calendar (date, weekday, weekday_name, weekday_name_fa, week, year, quarter, month, day, month_name, month_name_fa, month_label, persian_year, persian_quarter, persian_month, persian_day, persian_month_name, persian_month_name_fa, persian_month_label, fiscal_year, fiscal_quarter) FROM stdin;
2025-12-28	7	Sunday	یکشنبه	52	2025	4	12	28	December	دسامبر	December 2025	1404	4	10	7	Dey	دی	دی ۱۴۰۴	2025	4
2025-12-29	1	Monday	دوشنبه	1	2025	4	12	29	December	دسامبر	December 2025	1404	4	10	8	Dey	دی	دی ۱۴۰۴	2025	4
2025-12-30	2	Tuesday	سه‌شنبه	1	2025	4	12	30	December	دسامبر	December 2025	1404	4	10	9	Dey	دی	دی ۱۴۰۴	2025	4
2025-12-31	3	Wednesday	چهارشنبه	1	2025	4	12	31	December	دسامبر	December 2025	1404	4	10	10	Dey	دی	دی ۱۴۰۴	2025	4
2026-01-01	4	Thursday	پنج‌شنبه	1	2026	1	1	1	January	ژانویه	January 2026	1404	4	10	11	Dey	دی	دی ۱۴۰۴	2026	1
2026-01-02	5	Friday	جمعه	1	2026	1	1	2	January	ژانویه	January 2026	1404	4	10	12	Dey	دی	دی ۱۴۰۴	2026	1
2026-01-03	6	Saturday	شنبه	1	2026	1	1	3	January	ژانویه	January 2026	1404	4	10	13	Dey	دی	دی ۱۴۰۴	2026	1
2026-01-04	7	Sunday	یکشنبه	1	2026	1	1	4	January	ژانویه	January 2026	1404	4	10	14	Dey	دی	دی ۱۴۰۴	2026	1
\.
COPY crm_old_many.change_log (tenant_id, id, table_name, row_id, changed_at, changed_by, transaction_id, action, field, old, new) FROM stdin;
acme	1	pipeline	1	2026-11-30 18:25:51.848408+00	sara	1013	insert	\N	\N	\N
acme	2	stage	1	2026-11-30 18:25:51.853505+00	sara	1014	insert	\N	\N	\N
acme	3	stage	2	2026-11-30 18:25:51.853505+00	sara	1014	insert	\N	\N	\N
acme	4	stage	3	2026-11-30 18:25:51.853505+00	sara	1014	insert	\N	\N	\N
acme	5	account	1	2026-11-30 18:25:51.858962+00	sara	1015	insert	\N	\N	\N
acme	6	opportunity	1	2026-11-30 18:25:51.85972+00	sara	1016	insert	\N	\N	\N
acme	7	opportunity	2	2026-11-30 18:25:51.85972+00	sara	1016	insert	\N	\N	\N
acme	8	opportunity	3	2026-11-30 18:25:51.85972+00	sara	1016	insert	\N	\N	\N
acme	9	opportunity	1	2026-11-30 18:25:51.870464+00	sara	1017	update	stage_id	1	2
acme	10	opportunity	1	2026-11-30 18:25:51.870464+00	sara	1017	update	closed_at	\N	"2026-11-30T18:25:51.870464+00:00"
acme	11	opportunity	1	2026-11-30 18:25:51.870464+00	sara	1017	update	closed_on	\N	"2026-11-30"
acme	12	document	1	2026-11-30 18:25:51.877335+00	sara	1018	insert	\N	\N	\N
acme	13	document_line	1	2026-11-30 18:25:51.877335+00	sara	1018	insert	\N	\N	\N
acme	14	document	1	2026-11-30 18:25:51.877335+00	sara	1018	update	status	"draft"	"confirmed"
acme	15	document	1	2026-11-30 18:25:51.877335+00	sara	1018	update	number	\N	1
acme	16	document	1	2026-11-30 18:25:51.877335+00	sara	1018	update	issued_on	\N	"2026-11-30"
acme	17	document	1	2026-11-30 18:25:51.877335+00	sara	1018	update	confirmed_at	\N	"2026-11-30T18:25:51.877335+00:00"
acme	18	document	1	2026-11-30 18:25:51.877335+00	sara	1018	update	confirmed_by	\N	"sara"
acme	19	opportunity	2	2026-11-30 18:25:51.877335+00	sara	1018	update	realized_amount	0.00	2.00
acme	20	saved_filter	1	2026-11-30 18:25:51.925616+00	sara	1019	insert	\N	\N	\N
globex	21	pipeline	2	2026-11-30 18:25:51.937368+00	sara	1020	insert	\N	\N	\N
\.
COPY crm_old_many.choice (tenant_id, id, field, value, label, "position", active, stage_kind) FROM stdin;
\.
COPY crm_old_many.custom_field (tenant_id, id, pipeline_id, name, type, label, required, listed) FROM stdin;
\.
COPY crm_old_many.document (tenant_id, id, opportunity_id, kind, status, number, source_document_id, currency, net, tax, total, issued_on, due_on, note, created_at, created_by, confirmed_at, confirmed_by, voided_at, voided_by) FROM stdin;
acme	1	2	invoice	confirmed	1	\N	\N	2.00	0.00	2.00	2026-11-30	\N	\N	2026-11-30 18:25:51.877335+00	sara	2026-11-30 18:25:51.877335+00	sara	\N	\N
\.
COPY crm_old_many.document_counter (tenant_id, kind, first_number) FROM stdin;
acme	invoice	1
\.
COPY crm_old_many.document_line (tenant_id, id, document_id, source_line_id, product_id, "position", description, quantity, unit_price, discount_percent, tax_percent, net, tax) FROM stdin;
acme	1	1	\N	\N	0	Ours 2	1	2	0	0	2.00	0.00
\.
COPY crm_old_many.opportunity (tenant_id, id, account_id, pipeline_id, stage_id, title, description, owner, type, source, campaign, buying_process, competitors, tags, currency, amount, amount_mode, probability, probability_mode, realized_amount, expected_close, closed_at, closed_on, close_reason, "position", archived, custom, version, created_at, created_by, updated_at, updated_by, stage_entered_at, stage_entered_by, last_activity_at) FROM stdin;
acme	3	1	1	1	Ours 3	\N	\N	\N	\N	\N	\N	{}	{}	\N	3	manual	50.00	manual	0.00	\N	\N	\N	\N	12884901888	f	{}	1	2026-11-30 18:25:51.85972+00	sara	2026-11-30 18:25:51.85972+00	sara	2026-11-30 18:25:51.85972+00	sara	\N
acme	1	1	1	2	Ours 1	\N	\N	\N	\N	\N	\N	{}	{}	\N	1	manual	50.00	manual	0.00	\N	2026-11-30 18:25:51.870464+00	2026-11-30	\N	4294967296	f	{}	2	2026-11-30 18:25:51.85972+00	sara	2026-11-30 18:25:51.870464+00	sara	2026-11-30 18:25:51.870464+00	sara	\N
acme	2	1	1	1	Ours 2	\N	\N	\N	\N	\N	\N	{}	{}	\N	2	manual	50.00	manual	2.00	\N	\N	\N	\N	8589934592	f	{}	1	2026-11-30 18:25:51.85972+00	sara	2026-11-30 18:25:51.85972+00	sara	2026-11-30 18:25:51.85972+00	sara	\N
\.
COPY crm_old_many.opportunity_line (tenant_id, id, opportunity_id, product_id, "position", description, quantity, unit_price, discount_percent, tax_percent, net, tax) FROM stdin;
\.
COPY crm_old_many.payment (tenant_id, id, opportunity_id, document_id, direction, amount, currency, paid_on, method, reference, created_at, created_by) FROM stdin;
\.
COPY crm_old_many.pipeline (tenant_id, id, name, "position", active) FROM stdin;
acme	1	Sales	0	t
globex	2	Theirs	0	t
\.
COPY crm_old_many.product (tenant_id, id, name, category, unit_price, currency, active, custom) FROM stdin;
\.
COPY crm_old_many.saved_filter (tenant_id, id, owner, name, shared, definition, description, created_at, updated_at) FROM stdin;
acme	1	sara	small	t	{"rules": [{"field": "amount", "value": 5, "operator": "<"}], "combinator": "and"}	\N	2026-11-30 18:25:51.925616+00	2026-11-30 18:25:51.925616+00
\.
COPY crm_old_many.saved_view (tenant_id, id, pipeline_id, owner, name, shared, is_default, layout, columns, sort, lane_by, filter, description, created_at, updated_at) FROM stdin;
\.
COPY crm_old_many.stage (tenant_id, id, pipeline_id, name, "position", kind, probability, active, max_days, reason_required, archive_after) FROM stdin;
acme	1	1	Open	1	open	\N	t	\N	f	30
acme	2	1	Won	2	won	\N	t	\N	f	30
acme	3	1	Lost	3	lost	\N	t	\N	f	30
\.
COPY crm_old_many.stage_change (tenant_id, id, opportunity_id, from_pipeline_id, from_stage_id, to_pipeline_id, to_stage_id, changed_at, changed_by, stayed) FROM stdin;
acme	1	1	1	1	1	2	2026-11-30 18:25:51.870464+00	sara	00:00:00.010744
\.
COPY crm_old_mapped.deals (key, phase, subject, worth, chance) FROM stdin;
\.
COPY crm_old_mapped.saved_filter (id, owner, name, shared, definition, description, created_at, updated_at) FROM stdin;
1	sara	dear	t	{"rules": [{"field": "amount", "value": 1000, "operator": ">"}], "combinator": "and"}	\N	2026-11-30 18:25:52.177347+00	2026-11-30 18:25:52.177347+00
\.
COPY crm_old_mapped.saved_view (id, pipeline_id, owner, name, shared, is_default, layout, columns, sort, lane_by, filter, description, created_at, updated_at) FROM stdin;
\.
SELECT pg_catalog.setval('crm_old.account_id_seq', 2, true);
SELECT pg_catalog.setval('crm_old.activity_id_seq', 2, true);
SELECT pg_catalog.setval('crm_old.change_log_id_seq', 80, true);
SELECT pg_catalog.setval('crm_old.choice_id_seq', 2, true);
SELECT pg_catalog.setval('crm_old.custom_field_id_seq', 1, true);
SELECT pg_catalog.setval('crm_old.document_id_seq', 4, true);
SELECT pg_catalog.setval('crm_old.document_line_id_seq', 4, true);
SELECT pg_catalog.setval('crm_old.opportunity_id_seq', 13, true);
SELECT pg_catalog.setval('crm_old.opportunity_line_id_seq', 4, true);
SELECT pg_catalog.setval('crm_old.payment_id_seq', 1, true);
SELECT pg_catalog.setval('crm_old.pipeline_id_seq', 1, true);
SELECT pg_catalog.setval('crm_old.product_id_seq', 2, true);
SELECT pg_catalog.setval('crm_old.saved_filter_id_seq', 2, true);
SELECT pg_catalog.setval('crm_old.saved_view_id_seq', 1, true);
SELECT pg_catalog.setval('crm_old.stage_change_id_seq', 5, true);
SELECT pg_catalog.setval('crm_old.stage_id_seq', 6, true);
SELECT pg_catalog.setval('crm_old_many.account_id_seq', 1, true);
SELECT pg_catalog.setval('crm_old_many.activity_id_seq', 1, false);
SELECT pg_catalog.setval('crm_old_many.change_log_id_seq', 21, true);
SELECT pg_catalog.setval('crm_old_many.choice_id_seq', 1, false);
SELECT pg_catalog.setval('crm_old_many.custom_field_id_seq', 1, false);
SELECT pg_catalog.setval('crm_old_many.document_id_seq', 1, true);
SELECT pg_catalog.setval('crm_old_many.document_line_id_seq', 1, true);
SELECT pg_catalog.setval('crm_old_many.opportunity_id_seq', 3, true);
SELECT pg_catalog.setval('crm_old_many.opportunity_line_id_seq', 1, false);
SELECT pg_catalog.setval('crm_old_many.payment_id_seq', 1, false);
SELECT pg_catalog.setval('crm_old_many.pipeline_id_seq', 2, true);
SELECT pg_catalog.setval('crm_old_many.product_id_seq', 1, false);
SELECT pg_catalog.setval('crm_old_many.saved_filter_id_seq', 1, true);
SELECT pg_catalog.setval('crm_old_many.saved_view_id_seq', 1, false);
SELECT pg_catalog.setval('crm_old_many.stage_change_id_seq', 1, true);
SELECT pg_catalog.setval('crm_old_many.stage_id_seq', 3, true);
SELECT pg_catalog.setval('crm_old_mapped.saved_filter_id_seq', 1, true);
SELECT pg_catalog.setval('crm_old_mapped.saved_view_id_seq', 1, false);
ALTER TABLE ONLY crm_old.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm_old.activity
    ADD CONSTRAINT activity_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm_old.app_user
    ADD CONSTRAINT app_user_pkey PRIMARY KEY (login);
ALTER TABLE ONLY crm_old.calendar
    ADD CONSTRAINT calendar_pkey PRIMARY KEY (date);
ALTER TABLE ONLY crm_old.change_log
    ADD CONSTRAINT change_log_pkey PRIMARY KEY (row_id, table_name, id, changed_at);
ALTER TABLE ONLY crm_old.choice
    ADD CONSTRAINT choice_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm_old.choice
    ADD CONSTRAINT choice_state UNIQUE (field, value, active, stage_kind);
ALTER TABLE ONLY crm_old.choice
    ADD CONSTRAINT choice_value UNIQUE (field, value);
ALTER TABLE ONLY crm_old.custom_field
    ADD CONSTRAINT custom_field_name UNIQUE NULLS NOT DISTINCT (pipeline_id, name);
ALTER TABLE ONLY crm_old.custom_field
    ADD CONSTRAINT custom_field_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm_old.document_counter
    ADD CONSTRAINT document_counter_pkey PRIMARY KEY (kind);
ALTER TABLE ONLY crm_old.document_line
    ADD CONSTRAINT document_line_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm_old.document
    ADD CONSTRAINT document_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm_old.opportunity_line
    ADD CONSTRAINT opportunity_line_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm_old.opportunity
    ADD CONSTRAINT opportunity_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm_old.payment
    ADD CONSTRAINT payment_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm_old.pipeline
    ADD CONSTRAINT pipeline_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm_old.product
    ADD CONSTRAINT product_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm_old.saved_filter
    ADD CONSTRAINT saved_filter_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm_old.saved_view
    ADD CONSTRAINT saved_view_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm_old.stage_change
    ADD CONSTRAINT stage_change_pkey PRIMARY KEY (opportunity_id, id, changed_at);
ALTER TABLE ONLY crm_old.stage
    ADD CONSTRAINT stage_of_pipeline UNIQUE (pipeline_id, id);
ALTER TABLE ONLY crm_old.stage
    ADD CONSTRAINT stage_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm_old.stage
    ADD CONSTRAINT stage_state UNIQUE (pipeline_id, id, kind, active);
ALTER TABLE ONLY crm_old.visit
    ADD CONSTRAINT visit_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm_old_many.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (tenant_id, id);
ALTER TABLE ONLY crm_old_many.activity
    ADD CONSTRAINT activity_pkey PRIMARY KEY (tenant_id, id);
ALTER TABLE ONLY crm_old_many.app_user
    ADD CONSTRAINT app_user_pkey PRIMARY KEY (tenant_id, login);
ALTER TABLE ONLY crm_old_many.calendar
    ADD CONSTRAINT calendar_pkey PRIMARY KEY (date);
ALTER TABLE ONLY crm_old_many.change_log
    ADD CONSTRAINT change_log_pkey PRIMARY KEY (tenant_id, row_id, table_name, id, changed_at);
ALTER TABLE ONLY crm_old_many.choice
    ADD CONSTRAINT choice_pkey PRIMARY KEY (tenant_id, id);
ALTER TABLE ONLY crm_old_many.choice
    ADD CONSTRAINT choice_state UNIQUE (tenant_id, field, value, active, stage_kind);
ALTER TABLE ONLY crm_old_many.choice
    ADD CONSTRAINT choice_value UNIQUE (tenant_id, field, value);
ALTER TABLE ONLY crm_old_many.custom_field
    ADD CONSTRAINT custom_field_name UNIQUE NULLS NOT DISTINCT (tenant_id, pipeline_id, name);
ALTER TABLE ONLY crm_old_many.custom_field
    ADD CONSTRAINT custom_field_pkey PRIMARY KEY (tenant_id, id);
ALTER TABLE ONLY crm_old_many.document_counter
    ADD CONSTRAINT document_counter_pkey PRIMARY KEY (tenant_id, kind);
ALTER TABLE ONLY crm_old_many.document_line
    ADD CONSTRAINT document_line_pkey PRIMARY KEY (tenant_id, id);
ALTER TABLE ONLY crm_old_many.document
    ADD CONSTRAINT document_pkey PRIMARY KEY (tenant_id, id);
ALTER TABLE ONLY crm_old_many.opportunity_line
    ADD CONSTRAINT opportunity_line_pkey PRIMARY KEY (tenant_id, id);
ALTER TABLE ONLY crm_old_many.opportunity
    ADD CONSTRAINT opportunity_pkey PRIMARY KEY (tenant_id, id);
ALTER TABLE ONLY crm_old_many.payment
    ADD CONSTRAINT payment_pkey PRIMARY KEY (tenant_id, id);
ALTER TABLE ONLY crm_old_many.pipeline
    ADD CONSTRAINT pipeline_pkey PRIMARY KEY (tenant_id, id);
ALTER TABLE ONLY crm_old_many.product
    ADD CONSTRAINT product_pkey PRIMARY KEY (tenant_id, id);
ALTER TABLE ONLY crm_old_many.saved_filter
    ADD CONSTRAINT saved_filter_pkey PRIMARY KEY (tenant_id, id);
ALTER TABLE ONLY crm_old_many.saved_view
    ADD CONSTRAINT saved_view_pkey PRIMARY KEY (tenant_id, id);
ALTER TABLE ONLY crm_old_many.stage_change
    ADD CONSTRAINT stage_change_pkey PRIMARY KEY (tenant_id, opportunity_id, id, changed_at);
ALTER TABLE ONLY crm_old_many.stage
    ADD CONSTRAINT stage_of_pipeline UNIQUE (tenant_id, pipeline_id, id);
ALTER TABLE ONLY crm_old_many.stage
    ADD CONSTRAINT stage_pkey PRIMARY KEY (tenant_id, id);
ALTER TABLE ONLY crm_old_many.stage
    ADD CONSTRAINT stage_state UNIQUE (tenant_id, pipeline_id, id, kind, active);
ALTER TABLE ONLY crm_old_mapped.deals
    ADD CONSTRAINT deals_pkey PRIMARY KEY (key);
ALTER TABLE ONLY crm_old_mapped.saved_filter
    ADD CONSTRAINT saved_filter_pkey PRIMARY KEY (id);
ALTER TABLE ONLY crm_old_mapped.saved_view
    ADD CONSTRAINT saved_view_pkey PRIMARY KEY (id);
CREATE INDEX activity_done ON crm_old.activity USING btree (opportunity_id, done_at);
CREATE INDEX activity_next ON crm_old.activity USING btree (opportunity_id, due_at, id) WHERE (done_at IS NULL);
CREATE INDEX activity_to_do ON crm_old.activity USING btree (assignee, due_at) WHERE (done_at IS NULL);
CREATE INDEX app_user_manager ON crm_old.app_user USING btree (manager);
CREATE INDEX change_log_time ON crm_old.change_log USING brin (changed_at) WITH (autosummarize='on');
CREATE INDEX document_line_document ON crm_old.document_line USING btree (document_id);
CREATE INDEX document_line_product ON crm_old.document_line USING btree (product_id) WHERE (product_id IS NOT NULL);
CREATE INDEX document_line_source ON crm_old.document_line USING btree (source_line_id) WHERE (source_line_id IS NOT NULL);
CREATE UNIQUE INDEX document_number ON crm_old.document USING btree (kind, number) WHERE (number IS NOT NULL);
CREATE INDEX document_opportunity ON crm_old.document USING btree (opportunity_id);
CREATE INDEX document_source ON crm_old.document USING btree (source_document_id) WHERE (source_document_id IS NOT NULL);
CREATE INDEX opportunity_account ON crm_old.opportunity USING btree (account_id);
CREATE INDEX opportunity_board ON crm_old.opportunity USING btree (stage_id, pipeline_id, "position" DESC, id DESC, archived);
CREATE INDEX opportunity_closed ON crm_old.opportunity USING btree (stage_id, pipeline_id, closed_at DESC NULLS LAST, id DESC, closed_on, archived);
CREATE INDEX opportunity_closed_on ON crm_old.opportunity USING btree (closed_on) WHERE (closed_on IS NOT NULL);
CREATE INDEX opportunity_folded ON crm_old.opportunity USING btree (opportunities.fold(title));
CREATE INDEX opportunity_line_opportunity ON crm_old.opportunity_line USING btree (opportunity_id);
CREATE INDEX opportunity_line_product ON crm_old.opportunity_line USING btree (product_id);
CREATE INDEX payment_document ON crm_old.payment USING btree (document_id) WHERE (document_id IS NOT NULL);
CREATE INDEX payment_opportunity ON crm_old.payment USING btree (opportunity_id);
CREATE UNIQUE INDEX saved_filter_private ON crm_old.saved_filter USING btree (owner, name) WHERE (NOT shared);
CREATE UNIQUE INDEX saved_filter_shared ON crm_old.saved_filter USING btree (name) WHERE shared;
CREATE UNIQUE INDEX saved_view_default ON crm_old.saved_view USING btree (owner, pipeline_id) NULLS NOT DISTINCT WHERE (is_default AND (NOT shared));
CREATE UNIQUE INDEX saved_view_private ON crm_old.saved_view USING btree (owner, name) WHERE (NOT shared);
CREATE UNIQUE INDEX saved_view_shared ON crm_old.saved_view USING btree (name) WHERE shared;
CREATE UNIQUE INDEX saved_view_shared_default ON crm_old.saved_view USING btree (pipeline_id) NULLS NOT DISTINCT WHERE (is_default AND shared);
CREATE INDEX stage_change_entered ON crm_old.stage_change USING btree (to_stage_id, changed_at);
CREATE INDEX activity_done ON crm_old_many.activity USING btree (tenant_id, opportunity_id, done_at);
CREATE INDEX activity_next ON crm_old_many.activity USING btree (tenant_id, opportunity_id, due_at, id) WHERE (done_at IS NULL);
CREATE INDEX activity_to_do ON crm_old_many.activity USING btree (tenant_id, assignee, due_at) WHERE (done_at IS NULL);
CREATE INDEX app_user_manager ON crm_old_many.app_user USING btree (tenant_id, manager);
CREATE INDEX change_log_time ON crm_old_many.change_log USING brin (tenant_id, changed_at) WITH (autosummarize='on');
CREATE INDEX document_line_document ON crm_old_many.document_line USING btree (tenant_id, document_id);
CREATE INDEX document_line_product ON crm_old_many.document_line USING btree (tenant_id, product_id) WHERE (product_id IS NOT NULL);
CREATE INDEX document_line_source ON crm_old_many.document_line USING btree (tenant_id, source_line_id) WHERE (source_line_id IS NOT NULL);
CREATE UNIQUE INDEX document_number ON crm_old_many.document USING btree (tenant_id, kind, number) WHERE (number IS NOT NULL);
CREATE INDEX document_opportunity ON crm_old_many.document USING btree (tenant_id, opportunity_id);
CREATE INDEX document_source ON crm_old_many.document USING btree (tenant_id, source_document_id) WHERE (source_document_id IS NOT NULL);
CREATE INDEX opportunity_account ON crm_old_many.opportunity USING btree (tenant_id, account_id);
CREATE INDEX opportunity_board ON crm_old_many.opportunity USING btree (tenant_id, stage_id, pipeline_id, "position" DESC, id DESC, archived);
CREATE INDEX opportunity_closed ON crm_old_many.opportunity USING btree (tenant_id, stage_id, pipeline_id, closed_at DESC NULLS LAST, id DESC, closed_on, archived);
CREATE INDEX opportunity_closed_on ON crm_old_many.opportunity USING btree (tenant_id, closed_on) WHERE (closed_on IS NOT NULL);
CREATE INDEX opportunity_line_opportunity ON crm_old_many.opportunity_line USING btree (tenant_id, opportunity_id);
CREATE INDEX opportunity_line_product ON crm_old_many.opportunity_line USING btree (tenant_id, product_id);
CREATE INDEX payment_document ON crm_old_many.payment USING btree (tenant_id, document_id) WHERE (document_id IS NOT NULL);
CREATE INDEX payment_opportunity ON crm_old_many.payment USING btree (tenant_id, opportunity_id);
CREATE UNIQUE INDEX saved_filter_private ON crm_old_many.saved_filter USING btree (tenant_id, owner, name) WHERE (NOT shared);
CREATE UNIQUE INDEX saved_filter_shared ON crm_old_many.saved_filter USING btree (tenant_id, name) WHERE shared;
CREATE UNIQUE INDEX saved_view_default ON crm_old_many.saved_view USING btree (tenant_id, owner, pipeline_id) NULLS NOT DISTINCT WHERE (is_default AND (NOT shared));
CREATE UNIQUE INDEX saved_view_private ON crm_old_many.saved_view USING btree (tenant_id, owner, name) WHERE (NOT shared);
CREATE UNIQUE INDEX saved_view_shared ON crm_old_many.saved_view USING btree (tenant_id, name) WHERE shared;
CREATE UNIQUE INDEX saved_view_shared_default ON crm_old_many.saved_view USING btree (tenant_id, pipeline_id) NULLS NOT DISTINCT WHERE (is_default AND shared);
CREATE INDEX stage_change_entered ON crm_old_many.stage_change USING btree (tenant_id, to_stage_id, changed_at);
CREATE UNIQUE INDEX saved_filter_private ON crm_old_mapped.saved_filter USING btree (owner, name) WHERE (NOT shared);
CREATE UNIQUE INDEX saved_filter_shared ON crm_old_mapped.saved_filter USING btree (name) WHERE shared;
CREATE UNIQUE INDEX saved_view_default ON crm_old_mapped.saved_view USING btree (owner, pipeline_id) NULLS NOT DISTINCT WHERE (is_default AND (NOT shared));
CREATE UNIQUE INDEX saved_view_private ON crm_old_mapped.saved_view USING btree (owner, name) WHERE (NOT shared);
CREATE UNIQUE INDEX saved_view_shared ON crm_old_mapped.saved_view USING btree (name) WHERE shared;
CREATE UNIQUE INDEX saved_view_shared_default ON crm_old_mapped.saved_view USING btree (pipeline_id) NULLS NOT DISTINCT WHERE (is_default AND shared);
CREATE TRIGGER aa_stamp BEFORE INSERT OR UPDATE ON crm_old.opportunity FOR EACH ROW EXECUTE FUNCTION crm_old.stamp();
CREATE TRIGGER aa_touched BEFORE UPDATE ON crm_old.document FOR EACH ROW EXECUTE FUNCTION crm_old.touched();
CREATE TRIGGER zz_amounts_delete AFTER DELETE ON crm_old.opportunity_line REFERENCING OLD TABLE AS old_lines FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.keep_amount();
CREATE TRIGGER zz_amounts_insert AFTER INSERT ON crm_old.opportunity_line REFERENCING NEW TABLE AS new_lines FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.keep_amount();
CREATE TRIGGER zz_amounts_update AFTER UPDATE ON crm_old.opportunity_line REFERENCING OLD TABLE AS old_lines NEW TABLE AS new_lines FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.keep_amount();
CREATE CONSTRAINT TRIGGER zz_final_stage AFTER INSERT OR DELETE OR UPDATE ON crm_old.stage DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION opportunities_internal.final_stage_trigger();
CREATE TRIGGER zz_last_delete AFTER DELETE ON crm_old.activity REFERENCING OLD TABLE AS old_activities FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.keep_last_activity();
CREATE TRIGGER zz_last_insert AFTER INSERT ON crm_old.activity REFERENCING NEW TABLE AS new_activities FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.keep_last_activity();
CREATE TRIGGER zz_last_update AFTER UPDATE ON crm_old.activity REFERENCING OLD TABLE AS old_activities NEW TABLE AS new_activities FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.keep_last_activity();
CREATE TRIGGER zz_log AFTER INSERT OR DELETE OR UPDATE ON crm_old.account FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log AFTER INSERT OR DELETE OR UPDATE ON crm_old.activity FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change('updated_at', 'updated_by');
CREATE TRIGGER zz_log AFTER INSERT OR DELETE OR UPDATE ON crm_old.app_user FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
ALTER TABLE crm_old.app_user DISABLE TRIGGER zz_log;
CREATE TRIGGER zz_log AFTER INSERT OR DELETE OR UPDATE ON crm_old.choice FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log AFTER INSERT OR DELETE OR UPDATE ON crm_old.custom_field FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log AFTER INSERT OR DELETE OR UPDATE ON crm_old.document FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change('net', 'tax', 'total');
CREATE TRIGGER zz_log AFTER INSERT OR DELETE OR UPDATE ON crm_old.document_line FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change('net', 'tax');
CREATE TRIGGER zz_log AFTER INSERT OR DELETE OR UPDATE ON crm_old.opportunity FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change('version', 'updated_at', 'updated_by', 'stage_entered_at', 'stage_entered_by', 'last_activity_at');
CREATE TRIGGER zz_log AFTER INSERT OR DELETE OR UPDATE ON crm_old.opportunity_line FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change('net', 'tax');
CREATE TRIGGER zz_log AFTER INSERT OR DELETE OR UPDATE ON crm_old.payment FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log AFTER INSERT OR DELETE OR UPDATE ON crm_old.pipeline FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log AFTER INSERT OR DELETE OR UPDATE ON crm_old.product FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log AFTER INSERT OR DELETE OR UPDATE ON crm_old.saved_filter FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change('updated_at');
CREATE TRIGGER zz_log AFTER INSERT OR DELETE OR UPDATE ON crm_old.saved_view FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change('updated_at');
CREATE TRIGGER zz_log AFTER INSERT OR DELETE OR UPDATE ON crm_old.stage FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log AFTER INSERT OR DELETE OR UPDATE ON crm_old.visit FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON crm_old.account REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON crm_old.activity REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON crm_old.app_user REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON crm_old.choice REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON crm_old.custom_field REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON crm_old.document REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON crm_old.document_line REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON crm_old.opportunity REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON crm_old.opportunity_line REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON crm_old.payment REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON crm_old.pipeline REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON crm_old.product REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON crm_old.saved_filter REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON crm_old.saved_view REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON crm_old.stage REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_realized AFTER INSERT OR UPDATE ON crm_old.document FOR EACH ROW EXECUTE FUNCTION opportunities_internal.keep_realized();
CREATE TRIGGER zz_replan AFTER INSERT OR DELETE OR UPDATE ON crm_old.custom_field FOR EACH ROW EXECUTE FUNCTION opportunities_internal.replan();
ALTER TABLE crm_old.custom_field ENABLE ALWAYS TRIGGER zz_replan;
CREATE TRIGGER zz_replan AFTER INSERT OR DELETE OR UPDATE ON crm_old.saved_filter FOR EACH ROW EXECUTE FUNCTION opportunities_internal.replan();
ALTER TABLE crm_old.saved_filter ENABLE ALWAYS TRIGGER zz_replan;
CREATE TRIGGER zz_replan_all AFTER TRUNCATE ON crm_old.custom_field FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.replan();
ALTER TABLE crm_old.custom_field ENABLE ALWAYS TRIGGER zz_replan_all;
CREATE TRIGGER zz_replan_all AFTER TRUNCATE ON crm_old.saved_filter FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.replan();
ALTER TABLE crm_old.saved_filter ENABLE ALWAYS TRIGGER zz_replan_all;
CREATE TRIGGER zz_rules BEFORE INSERT OR UPDATE ON crm_old.activity FOR EACH ROW EXECUTE FUNCTION opportunities_internal.activity_trigger();
CREATE TRIGGER zz_rules BEFORE INSERT OR DELETE OR UPDATE ON crm_old.document FOR EACH ROW EXECUTE FUNCTION opportunities_internal.document_trigger();
CREATE TRIGGER zz_rules BEFORE INSERT OR DELETE OR UPDATE ON crm_old.document_line FOR EACH ROW EXECUTE FUNCTION opportunities_internal.document_line_trigger();
CREATE TRIGGER zz_rules BEFORE INSERT OR DELETE OR UPDATE ON crm_old.opportunity FOR EACH ROW EXECUTE FUNCTION opportunities_internal.opportunity_trigger();
CREATE TRIGGER zz_rules BEFORE INSERT OR UPDATE ON crm_old.opportunity_line FOR EACH ROW EXECUTE FUNCTION opportunities_internal.opportunity_line_trigger();
ALTER TABLE crm_old.opportunity_line ENABLE ALWAYS TRIGGER zz_rules;
CREATE TRIGGER zz_rules BEFORE INSERT OR DELETE OR UPDATE ON crm_old.payment FOR EACH ROW EXECUTE FUNCTION opportunities_internal.payment_trigger();
CREATE TRIGGER zz_rules BEFORE INSERT OR DELETE OR UPDATE ON crm_old.saved_filter FOR EACH ROW EXECUTE FUNCTION opportunities_internal.saved_filter_trigger();
CREATE TRIGGER zz_rules BEFORE INSERT OR DELETE OR UPDATE ON crm_old.saved_view FOR EACH ROW EXECUTE FUNCTION opportunities_internal.saved_view_trigger();
CREATE TRIGGER zz_rules AFTER UPDATE ON crm_old.stage FOR EACH ROW EXECUTE FUNCTION opportunities_internal.stage_trigger();
CREATE TRIGGER zz_stage_change AFTER UPDATE ON crm_old.opportunity FOR EACH ROW EXECUTE FUNCTION opportunities_internal.keep_stage_change();
CREATE TRIGGER zz_sums_delete AFTER DELETE ON crm_old.document_line REFERENCING OLD TABLE AS old_lines FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.keep_document_sums();
CREATE TRIGGER zz_sums_insert AFTER INSERT ON crm_old.document_line REFERENCING NEW TABLE AS new_lines FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.keep_document_sums();
CREATE TRIGGER zz_sums_update AFTER UPDATE ON crm_old.document_line REFERENCING NEW TABLE AS new_lines FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.keep_document_sums();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old.account FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old.activity FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old.app_user FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old.change_log FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old.choice FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old.custom_field FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old.document FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old.document_counter FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old.document_line FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old.opportunity FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old.opportunity_line FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old.payment FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old.pipeline FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old.product FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old.saved_filter FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old.saved_view FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old.stage FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old.stage_change FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_amounts_delete AFTER DELETE ON crm_old_many.opportunity_line REFERENCING OLD TABLE AS old_lines FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.keep_amount();
CREATE TRIGGER zz_amounts_insert AFTER INSERT ON crm_old_many.opportunity_line REFERENCING NEW TABLE AS new_lines FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.keep_amount();
CREATE TRIGGER zz_amounts_update AFTER UPDATE ON crm_old_many.opportunity_line REFERENCING OLD TABLE AS old_lines NEW TABLE AS new_lines FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.keep_amount();
CREATE CONSTRAINT TRIGGER zz_final_stage AFTER INSERT OR DELETE OR UPDATE ON crm_old_many.stage DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION opportunities_internal.final_stage_trigger();
CREATE TRIGGER zz_last_delete AFTER DELETE ON crm_old_many.activity REFERENCING OLD TABLE AS old_activities FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.keep_last_activity();
CREATE TRIGGER zz_last_insert AFTER INSERT ON crm_old_many.activity REFERENCING NEW TABLE AS new_activities FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.keep_last_activity();
CREATE TRIGGER zz_last_update AFTER UPDATE ON crm_old_many.activity REFERENCING OLD TABLE AS old_activities NEW TABLE AS new_activities FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.keep_last_activity();
CREATE TRIGGER zz_log AFTER INSERT OR DELETE OR UPDATE ON crm_old_many.account FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log AFTER INSERT OR DELETE OR UPDATE ON crm_old_many.activity FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change('updated_at', 'updated_by');
CREATE TRIGGER zz_log AFTER INSERT OR DELETE OR UPDATE ON crm_old_many.app_user FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log AFTER INSERT OR DELETE OR UPDATE ON crm_old_many.choice FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log AFTER INSERT OR DELETE OR UPDATE ON crm_old_many.custom_field FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log AFTER INSERT OR DELETE OR UPDATE ON crm_old_many.document FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change('net', 'tax', 'total');
CREATE TRIGGER zz_log AFTER INSERT OR DELETE OR UPDATE ON crm_old_many.document_line FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change('net', 'tax');
CREATE TRIGGER zz_log AFTER INSERT OR DELETE OR UPDATE ON crm_old_many.opportunity FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change('version', 'updated_at', 'updated_by', 'stage_entered_at', 'stage_entered_by', 'last_activity_at');
CREATE TRIGGER zz_log AFTER INSERT OR DELETE OR UPDATE ON crm_old_many.opportunity_line FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change('net', 'tax');
CREATE TRIGGER zz_log AFTER INSERT OR DELETE OR UPDATE ON crm_old_many.payment FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log AFTER INSERT OR DELETE OR UPDATE ON crm_old_many.pipeline FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log AFTER INSERT OR DELETE OR UPDATE ON crm_old_many.product FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log AFTER INSERT OR DELETE OR UPDATE ON crm_old_many.saved_filter FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change('updated_at');
CREATE TRIGGER zz_log AFTER INSERT OR DELETE OR UPDATE ON crm_old_many.saved_view FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change('updated_at');
CREATE TRIGGER zz_log AFTER INSERT OR DELETE OR UPDATE ON crm_old_many.stage FOR EACH ROW EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON crm_old_many.account REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON crm_old_many.activity REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON crm_old_many.app_user REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON crm_old_many.choice REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON crm_old_many.custom_field REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON crm_old_many.document REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON crm_old_many.document_line REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON crm_old_many.opportunity REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON crm_old_many.opportunity_line REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON crm_old_many.payment REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON crm_old_many.pipeline REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON crm_old_many.product REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON crm_old_many.saved_filter REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON crm_old_many.saved_view REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_log_insert AFTER INSERT ON crm_old_many.stage REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.log_change();
CREATE TRIGGER zz_realized AFTER INSERT OR UPDATE ON crm_old_many.document FOR EACH ROW EXECUTE FUNCTION opportunities_internal.keep_realized();
CREATE TRIGGER zz_replan AFTER INSERT OR DELETE OR UPDATE ON crm_old_many.custom_field FOR EACH ROW EXECUTE FUNCTION opportunities_internal.replan();
ALTER TABLE crm_old_many.custom_field ENABLE ALWAYS TRIGGER zz_replan;
CREATE TRIGGER zz_replan AFTER INSERT OR DELETE OR UPDATE ON crm_old_many.saved_filter FOR EACH ROW EXECUTE FUNCTION opportunities_internal.replan();
ALTER TABLE crm_old_many.saved_filter ENABLE ALWAYS TRIGGER zz_replan;
CREATE TRIGGER zz_replan_all AFTER TRUNCATE ON crm_old_many.custom_field FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.replan();
ALTER TABLE crm_old_many.custom_field ENABLE ALWAYS TRIGGER zz_replan_all;
CREATE TRIGGER zz_replan_all AFTER TRUNCATE ON crm_old_many.saved_filter FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.replan();
ALTER TABLE crm_old_many.saved_filter ENABLE ALWAYS TRIGGER zz_replan_all;
CREATE TRIGGER zz_rules BEFORE INSERT OR UPDATE ON crm_old_many.activity FOR EACH ROW EXECUTE FUNCTION opportunities_internal.activity_trigger();
CREATE TRIGGER zz_rules BEFORE INSERT OR DELETE OR UPDATE ON crm_old_many.document FOR EACH ROW EXECUTE FUNCTION opportunities_internal.document_trigger();
CREATE TRIGGER zz_rules BEFORE INSERT OR DELETE OR UPDATE ON crm_old_many.document_line FOR EACH ROW EXECUTE FUNCTION opportunities_internal.document_line_trigger();
CREATE TRIGGER zz_rules BEFORE INSERT OR DELETE OR UPDATE ON crm_old_many.opportunity FOR EACH ROW EXECUTE FUNCTION opportunities_internal.opportunity_trigger();
CREATE TRIGGER zz_rules BEFORE INSERT OR UPDATE ON crm_old_many.opportunity_line FOR EACH ROW EXECUTE FUNCTION opportunities_internal.opportunity_line_trigger();
CREATE TRIGGER zz_rules BEFORE INSERT OR DELETE OR UPDATE ON crm_old_many.payment FOR EACH ROW EXECUTE FUNCTION opportunities_internal.payment_trigger();
CREATE TRIGGER zz_rules BEFORE INSERT OR DELETE OR UPDATE ON crm_old_many.saved_filter FOR EACH ROW EXECUTE FUNCTION opportunities_internal.saved_filter_trigger();
CREATE TRIGGER zz_rules BEFORE INSERT OR DELETE OR UPDATE ON crm_old_many.saved_view FOR EACH ROW EXECUTE FUNCTION opportunities_internal.saved_view_trigger();
CREATE TRIGGER zz_rules AFTER UPDATE ON crm_old_many.stage FOR EACH ROW EXECUTE FUNCTION opportunities_internal.stage_trigger();
CREATE TRIGGER zz_stage_change AFTER UPDATE ON crm_old_many.opportunity FOR EACH ROW EXECUTE FUNCTION opportunities_internal.keep_stage_change();
CREATE TRIGGER zz_sums_delete AFTER DELETE ON crm_old_many.document_line REFERENCING OLD TABLE AS old_lines FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.keep_document_sums();
CREATE TRIGGER zz_sums_insert AFTER INSERT ON crm_old_many.document_line REFERENCING NEW TABLE AS new_lines FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.keep_document_sums();
CREATE TRIGGER zz_sums_update AFTER UPDATE ON crm_old_many.document_line REFERENCING NEW TABLE AS new_lines FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.keep_document_sums();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old_many.account FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old_many.activity FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old_many.app_user FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old_many.change_log FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old_many.choice FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old_many.custom_field FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old_many.document FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old_many.document_counter FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old_many.document_line FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old_many.opportunity FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old_many.opportunity_line FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old_many.payment FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old_many.pipeline FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old_many.product FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old_many.saved_filter FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old_many.saved_view FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old_many.stage FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old_many.stage_change FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_replan AFTER INSERT OR DELETE OR UPDATE ON crm_old_mapped.saved_filter FOR EACH ROW EXECUTE FUNCTION opportunities_internal.replan();
ALTER TABLE crm_old_mapped.saved_filter ENABLE ALWAYS TRIGGER zz_replan;
CREATE TRIGGER zz_replan_all AFTER TRUNCATE ON crm_old_mapped.saved_filter FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.replan();
ALTER TABLE crm_old_mapped.saved_filter ENABLE ALWAYS TRIGGER zz_replan_all;
CREATE TRIGGER zz_rules BEFORE INSERT OR DELETE OR UPDATE ON crm_old_mapped.saved_filter FOR EACH ROW EXECUTE FUNCTION opportunities_internal.saved_filter_trigger();
CREATE TRIGGER zz_rules BEFORE INSERT OR DELETE OR UPDATE ON crm_old_mapped.saved_view FOR EACH ROW EXECUTE FUNCTION opportunities_internal.saved_view_trigger();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old_mapped.saved_filter FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
CREATE TRIGGER zz_truncate BEFORE TRUNCATE ON crm_old_mapped.saved_view FOR EACH STATEMENT EXECUTE FUNCTION opportunities_internal.refuse_truncate();
ALTER TABLE ONLY crm_old.activity
    ADD CONSTRAINT activity_opportunity_fkey FOREIGN KEY (opportunity_id) REFERENCES crm_old.opportunity(id) ON DELETE CASCADE;
ALTER TABLE ONLY crm_old.app_user
    ADD CONSTRAINT app_user_manager_fkey FOREIGN KEY (manager) REFERENCES crm_old.app_user(login) ON UPDATE CASCADE;
ALTER TABLE ONLY crm_old.custom_field
    ADD CONSTRAINT custom_field_pipeline_fkey FOREIGN KEY (pipeline_id) REFERENCES crm_old.pipeline(id);
ALTER TABLE ONLY crm_old.document_line
    ADD CONSTRAINT document_line_document_fkey FOREIGN KEY (document_id) REFERENCES crm_old.document(id) ON DELETE CASCADE;
ALTER TABLE ONLY crm_old.document_line
    ADD CONSTRAINT document_line_product_fkey FOREIGN KEY (product_id) REFERENCES crm_old.product(id);
ALTER TABLE ONLY crm_old.document_line
    ADD CONSTRAINT document_line_source_fkey FOREIGN KEY (source_line_id) REFERENCES crm_old.document_line(id);
ALTER TABLE ONLY crm_old.document
    ADD CONSTRAINT document_opportunity_fkey FOREIGN KEY (opportunity_id) REFERENCES crm_old.opportunity(id) ON DELETE CASCADE;
ALTER TABLE ONLY crm_old.document
    ADD CONSTRAINT document_source_fkey FOREIGN KEY (source_document_id) REFERENCES crm_old.document(id);
ALTER TABLE ONLY crm_old.opportunity
    ADD CONSTRAINT opportunity_account_fkey FOREIGN KEY (account_id) REFERENCES crm_old.account(id);
ALTER TABLE ONLY crm_old.opportunity_line
    ADD CONSTRAINT opportunity_line_opportunity_fkey FOREIGN KEY (opportunity_id) REFERENCES crm_old.opportunity(id) ON DELETE CASCADE;
ALTER TABLE ONLY crm_old.opportunity_line
    ADD CONSTRAINT opportunity_line_product_fkey FOREIGN KEY (product_id) REFERENCES crm_old.product(id);
ALTER TABLE ONLY crm_old.opportunity
    ADD CONSTRAINT opportunity_pipeline_fkey FOREIGN KEY (pipeline_id) REFERENCES crm_old.pipeline(id);
ALTER TABLE ONLY crm_old.opportunity
    ADD CONSTRAINT opportunity_stage_fkey FOREIGN KEY (pipeline_id, stage_id) REFERENCES crm_old.stage(pipeline_id, id);
ALTER TABLE ONLY crm_old.payment
    ADD CONSTRAINT payment_document_fkey FOREIGN KEY (document_id) REFERENCES crm_old.document(id);
ALTER TABLE ONLY crm_old.payment
    ADD CONSTRAINT payment_opportunity_fkey FOREIGN KEY (opportunity_id) REFERENCES crm_old.opportunity(id) ON DELETE CASCADE;
ALTER TABLE ONLY crm_old.saved_view
    ADD CONSTRAINT saved_view_pipeline_fkey FOREIGN KEY (pipeline_id) REFERENCES crm_old.pipeline(id) ON DELETE CASCADE;
ALTER TABLE ONLY crm_old.stage
    ADD CONSTRAINT stage_pipeline_fkey FOREIGN KEY (pipeline_id) REFERENCES crm_old.pipeline(id);
ALTER TABLE ONLY crm_old.visit
    ADD CONSTRAINT visit_opportunity_id_fkey FOREIGN KEY (opportunity_id) REFERENCES crm_old.opportunity(id) ON DELETE CASCADE;
ALTER TABLE ONLY crm_old_many.activity
    ADD CONSTRAINT activity_opportunity_fkey FOREIGN KEY (tenant_id, opportunity_id) REFERENCES crm_old_many.opportunity(tenant_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY crm_old_many.app_user
    ADD CONSTRAINT app_user_manager_fkey FOREIGN KEY (tenant_id, manager) REFERENCES crm_old_many.app_user(tenant_id, login) ON UPDATE CASCADE;
ALTER TABLE ONLY crm_old_many.custom_field
    ADD CONSTRAINT custom_field_pipeline_fkey FOREIGN KEY (tenant_id, pipeline_id) REFERENCES crm_old_many.pipeline(tenant_id, id);
ALTER TABLE ONLY crm_old_many.document_line
    ADD CONSTRAINT document_line_document_fkey FOREIGN KEY (tenant_id, document_id) REFERENCES crm_old_many.document(tenant_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY crm_old_many.document_line
    ADD CONSTRAINT document_line_product_fkey FOREIGN KEY (tenant_id, product_id) REFERENCES crm_old_many.product(tenant_id, id);
ALTER TABLE ONLY crm_old_many.document_line
    ADD CONSTRAINT document_line_source_fkey FOREIGN KEY (tenant_id, source_line_id) REFERENCES crm_old_many.document_line(tenant_id, id);
ALTER TABLE ONLY crm_old_many.document
    ADD CONSTRAINT document_opportunity_fkey FOREIGN KEY (tenant_id, opportunity_id) REFERENCES crm_old_many.opportunity(tenant_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY crm_old_many.document
    ADD CONSTRAINT document_source_fkey FOREIGN KEY (tenant_id, source_document_id) REFERENCES crm_old_many.document(tenant_id, id);
ALTER TABLE ONLY crm_old_many.opportunity
    ADD CONSTRAINT opportunity_account_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES crm_old_many.account(tenant_id, id);
ALTER TABLE ONLY crm_old_many.opportunity_line
    ADD CONSTRAINT opportunity_line_opportunity_fkey FOREIGN KEY (tenant_id, opportunity_id) REFERENCES crm_old_many.opportunity(tenant_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY crm_old_many.opportunity_line
    ADD CONSTRAINT opportunity_line_product_fkey FOREIGN KEY (tenant_id, product_id) REFERENCES crm_old_many.product(tenant_id, id);
ALTER TABLE ONLY crm_old_many.opportunity
    ADD CONSTRAINT opportunity_pipeline_fkey FOREIGN KEY (tenant_id, pipeline_id) REFERENCES crm_old_many.pipeline(tenant_id, id);
ALTER TABLE ONLY crm_old_many.opportunity
    ADD CONSTRAINT opportunity_stage_fkey FOREIGN KEY (tenant_id, pipeline_id, stage_id) REFERENCES crm_old_many.stage(tenant_id, pipeline_id, id);
ALTER TABLE ONLY crm_old_many.payment
    ADD CONSTRAINT payment_document_fkey FOREIGN KEY (tenant_id, document_id) REFERENCES crm_old_many.document(tenant_id, id);
ALTER TABLE ONLY crm_old_many.payment
    ADD CONSTRAINT payment_opportunity_fkey FOREIGN KEY (tenant_id, opportunity_id) REFERENCES crm_old_many.opportunity(tenant_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY crm_old_many.saved_view
    ADD CONSTRAINT saved_view_pipeline_fkey FOREIGN KEY (tenant_id, pipeline_id) REFERENCES crm_old_many.pipeline(tenant_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY crm_old_many.stage
    ADD CONSTRAINT stage_pipeline_fkey FOREIGN KEY (tenant_id, pipeline_id) REFERENCES crm_old_many.pipeline(tenant_id, id);
ALTER TABLE crm_old.opportunity ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON crm_old.opportunity USING (((owner = opportunities.me()) OR opportunities.matches(opportunity.*, 'large'::text)));
ALTER TABLE crm_old_many.account ENABLE ROW LEVEL SECURITY;
CREATE POLICY accounts ON crm_old_many.account USING ((name <> 'hidden'::text));
ALTER TABLE crm_old_many.activity ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_rows ON crm_old_many.activity USING (true);
CREATE POLICY all_rows ON crm_old_many.app_user USING (true);
CREATE POLICY all_rows ON crm_old_many.change_log USING (true);
CREATE POLICY all_rows ON crm_old_many.choice USING (true);
CREATE POLICY all_rows ON crm_old_many.custom_field USING (true);
CREATE POLICY all_rows ON crm_old_many.document USING (true);
CREATE POLICY all_rows ON crm_old_many.document_counter USING (true);
CREATE POLICY all_rows ON crm_old_many.document_line USING (true);
CREATE POLICY all_rows ON crm_old_many.opportunity USING (true);
CREATE POLICY all_rows ON crm_old_many.opportunity_line USING (true);
CREATE POLICY all_rows ON crm_old_many.payment USING (true);
CREATE POLICY all_rows ON crm_old_many.pipeline USING (true);
CREATE POLICY all_rows ON crm_old_many.product USING (true);
CREATE POLICY all_rows ON crm_old_many.saved_filter USING (true);
CREATE POLICY all_rows ON crm_old_many.saved_view USING (true);
CREATE POLICY all_rows ON crm_old_many.stage USING (true);
CREATE POLICY all_rows ON crm_old_many.stage_change USING (true);
ALTER TABLE crm_old_many.app_user ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm_old_many.change_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm_old_many.choice ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm_old_many.custom_field ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm_old_many.document ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm_old_many.document_counter ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm_old_many.document_line ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm_old_many.opportunity ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm_old_many.opportunity_line ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm_old_many.payment ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm_old_many.pipeline ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm_old_many.product ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm_old_many.saved_filter ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm_old_many.saved_view ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm_old_many.stage ENABLE ROW LEVEL SECURITY;
ALTER TABLE crm_old_many.stage_change ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON crm_old_many.account AS RESTRICTIVE USING ((tenant_id = opportunities.current_tenant()));
CREATE POLICY tenant ON crm_old_many.activity AS RESTRICTIVE USING ((tenant_id = opportunities.current_tenant()));
CREATE POLICY tenant ON crm_old_many.app_user AS RESTRICTIVE USING ((tenant_id = opportunities.current_tenant()));
CREATE POLICY tenant ON crm_old_many.change_log AS RESTRICTIVE USING ((tenant_id = opportunities.current_tenant()));
CREATE POLICY tenant ON crm_old_many.choice AS RESTRICTIVE USING ((tenant_id = opportunities.current_tenant()));
CREATE POLICY tenant ON crm_old_many.custom_field AS RESTRICTIVE USING ((tenant_id = opportunities.current_tenant()));
CREATE POLICY tenant ON crm_old_many.document AS RESTRICTIVE USING ((tenant_id = opportunities.current_tenant()));
CREATE POLICY tenant ON crm_old_many.document_counter AS RESTRICTIVE USING ((tenant_id = opportunities.current_tenant()));
CREATE POLICY tenant ON crm_old_many.document_line AS RESTRICTIVE USING ((tenant_id = opportunities.current_tenant()));
CREATE POLICY tenant ON crm_old_many.opportunity AS RESTRICTIVE USING ((tenant_id = opportunities.current_tenant()));
CREATE POLICY tenant ON crm_old_many.opportunity_line AS RESTRICTIVE USING ((tenant_id = opportunities.current_tenant()));
CREATE POLICY tenant ON crm_old_many.payment AS RESTRICTIVE USING ((tenant_id = opportunities.current_tenant()));
CREATE POLICY tenant ON crm_old_many.pipeline AS RESTRICTIVE USING ((tenant_id = opportunities.current_tenant()));
CREATE POLICY tenant ON crm_old_many.product AS RESTRICTIVE USING ((tenant_id = opportunities.current_tenant()));
CREATE POLICY tenant ON crm_old_many.saved_filter AS RESTRICTIVE USING ((tenant_id = opportunities.current_tenant()));
CREATE POLICY tenant ON crm_old_many.saved_view AS RESTRICTIVE USING ((tenant_id = opportunities.current_tenant()));
CREATE POLICY tenant ON crm_old_many.stage AS RESTRICTIVE USING ((tenant_id = opportunities.current_tenant()));
CREATE POLICY tenant ON crm_old_many.stage_change AS RESTRICTIVE USING ((tenant_id = opportunities.current_tenant()));
GRANT USAGE ON SCHEMA crm_old TO PUBLIC;
GRANT SELECT(title) ON TABLE crm_old.bi_stage_history TO PUBLIC;
GRANT SELECT(days) ON TABLE crm_old.bi_stage_history TO PUBLIC;
GRANT SELECT ON TABLE crm_old.bi_opportunity TO PUBLIC;
