--
-- PostgreSQL database dump
--


-- Dumped from database version 15.20 (Debian 15.20-0+deb12u1)
-- Dumped by pg_dump version 15.20 (Debian 15.20-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: whisper_migrate; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION IF NOT EXISTS whisper_migrate WITH SCHEMA public;


--
-- Name: EXTENSION whisper_migrate; Type: COMMENT; Schema: -; Owner: -
--

COMMENT ON EXTENSION whisper_migrate IS 'schema migrations inside the server: a revision graph, tiers, profiles and rollback';


--
-- Name: standing; Type: TYPE; Schema: public; Owner: -
--

CREATE TYPE public.standing AS ENUM (
    'new',
    'known'
);


--
-- Name: order_count(integer); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.order_count(integer) RETURNS bigint
    LANGUAGE sql STABLE
    AS $_$SELECT count(*) FROM orders WHERE customer_id = $1$_$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: by_hand; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.by_hand (
    id integer
);


--
-- Name: customers; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.customers (
    id integer NOT NULL,
    name text NOT NULL,
    standing public.standing DEFAULT 'new'::public.standing NOT NULL
);


--
-- Name: customers_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.customers_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: customers_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.customers_id_seq OWNED BY public.customers.id;


--
-- Name: notes; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.notes (
    id integer NOT NULL,
    body text
);


--
-- Name: notes_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.notes_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: notes_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.notes_id_seq OWNED BY public.notes.id;


--
-- Name: orders; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.orders (
    id integer NOT NULL,
    customer_id integer NOT NULL
);


--
-- Name: orders_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.orders ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.orders_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: overview; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.overview AS
 SELECT customers.name,
    public.order_count(customers.id) AS orders
   FROM (public.customers
     CROSS JOIN ( VALUES (1)) one(n));


--
-- Name: payments; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.payments (
    order_id integer,
    cents integer NOT NULL,
    CONSTRAINT payments_cents_check CHECK ((cents > 0))
);


--
-- Name: sent; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sent (
    id integer
);


--
-- Name: shipments; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.shipments (
    order_id integer,
    sent_at timestamp with time zone NOT NULL
);


--
-- Name: customers id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customers ALTER COLUMN id SET DEFAULT nextval('public.customers_id_seq'::regclass);


--
-- Name: notes id; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notes ALTER COLUMN id SET DEFAULT nextval('public.notes_id_seq'::regclass);


--
-- Data for Name: by_hand; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.by_hand (id) FROM stdin;
\.


--
-- Data for Name: customers; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.customers (id, name, standing) FROM stdin;
1	Ada	new
2	Grace	new
\.


--
-- Data for Name: notes; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.notes (id, body) FROM stdin;
1	kept
\.


--
-- Data for Name: orders; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.orders (id, customer_id) FROM stdin;
1	1
2	1
3	2
\.


--
-- Data for Name: payments; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.payments (order_id, cents) FROM stdin;
\.


--
-- Data for Name: sent; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.sent (id) FROM stdin;
\.


--
-- Data for Name: shipments; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.shipments (order_id, sent_at) FROM stdin;
\.


--
-- Data for Name: applied; Type: TABLE DATA; Schema: whisper; Owner: -
--

COPY whisper.applied (revision, tier, run, applied_by, applied_at, elapsed, statements, checksum, origin) FROM stdin;
customers	core	1	postgres	2026-11-24 20:50:46.634352+00	00:00:00.001433	2	\\xa84ec22a94a664473daa8c1a7c8e606d6857b13ae180ded3679d1d67fc4126ed	upgrade
orders	core	1	postgres	2026-11-24 20:50:46.66082+00	00:00:00.001489	2	\\x5ec4de67d138dd49b8c25ce44c99c396c64fd607f37f6dcb935994614144fbeb	upgrade
payments	core	1	postgres	2026-11-24 20:50:46.661223+00	00:00:00.000354	1	\\xf8452223732f4b6c3857b8640b54d7784c2b9cf4d7d32bc6491ed0251b0b64d5	upgrade
shipments	core	1	postgres	2026-11-24 20:50:46.661569+00	00:00:00.000334	1	\\x0d719473c70acd21e49a5afc1a57750421bd08064f84e7ab785a848970107e4f	upgrade
010_overview	queries	3	postgres	2026-11-24 20:50:46.769998+00	00:00:00.001529	2	\\x0e2f4494ba044a76e5b6f5d5802d95a59540b50435abe19d16b959803b3419c4	upgrade
meet	core	5	postgres	2026-11-24 20:50:46.832053+00	00:00:00	0	\\x9d39bc3d556f80b25444061ddeed63f90076820b3d9894ab572e7182751b1934	stamp
sent	clients	6	postgres	2026-11-24 20:50:46.904847+00	00:00:00.000361	1	\\x6c6319b143ca6023dfee2d03d13e4d570322453bd001886a4e90f724da68bea5	upgrade
\.


--
-- Data for Name: history; Type: TABLE DATA; Schema: whisper; Owner: -
--

COPY whisper.history (id, run, step, direction, tier, revision, executed_by, executed_at, elapsed, statements, checksum, message) FROM stdin;
1	1	1	up	core	customers	postgres	2026-11-24 20:50:46.634352+00	00:00:00.001433	2	\\xa84ec22a94a664473daa8c1a7c8e606d6857b13ae180ded3679d1d67fc4126ed	who buys
2	1	2	up	core	orders	postgres	2026-11-24 20:50:46.66082+00	00:00:00.001489	2	\\x5ec4de67d138dd49b8c25ce44c99c396c64fd607f37f6dcb935994614144fbeb	what they buy
3	1	3	up	core	payments	postgres	2026-11-24 20:50:46.661223+00	00:00:00.000354	1	\\xf8452223732f4b6c3857b8640b54d7784c2b9cf4d7d32bc6491ed0251b0b64d5	what they paid
4	1	4	up	core	shipments	postgres	2026-11-24 20:50:46.661569+00	00:00:00.000334	1	\\x0d719473c70acd21e49a5afc1a57750421bd08064f84e7ab785a848970107e4f	what was sent
5	1	5	up	core	meet	postgres	2026-11-24 20:50:46.661575+00	00:00:00	0	\\x9d39bc3d556f80b25444061ddeed63f90076820b3d9894ab572e7182751b1934	billing and shipping meet
6	1	6	up	core	returns	postgres	2026-11-24 20:50:46.66182+00	00:00:00.000241	1	\\x7ca1c1f78181a9136aa2bd1aa96058c8da21ba54bcaca22389b8abe1c04312a7	what came back
7	2	1	down	core	returns	postgres	2026-11-24 20:50:46.747493+00	00:00:00.002973	1	\\x7ca1c1f78181a9136aa2bd1aa96058c8da21ba54bcaca22389b8abe1c04312a7	what came back
8	3	1	up	queries	010_overview	postgres	2026-11-24 20:50:46.769998+00	00:00:00.001529	2	\\x0e2f4494ba044a76e5b6f5d5802d95a59540b50435abe19d16b959803b3419c4	
9	4	1	down	core	meet	postgres	2026-11-24 20:50:46.812475+00	00:00:00.000043	0	\\x9d39bc3d556f80b25444061ddeed63f90076820b3d9894ab572e7182751b1934	billing and shipping meet
10	5	1	stamp	core	meet	postgres	2026-11-24 20:50:46.832053+00	00:00:00	0	\\x9d39bc3d556f80b25444061ddeed63f90076820b3d9894ab572e7182751b1934	billing and shipping meet
11	6	1	up	clients	sent	postgres	2026-11-24 20:50:46.904847+00	00:00:00.000361	1	\\x6c6319b143ca6023dfee2d03d13e4d570322453bd001886a4e90f724da68bea5	
12	7	1	claim	core		postgres	2026-11-24 20:50:46.94857+00	00:00:00	0	\\x	table "public.by_hand" goes from nobody to tier "core"
\.


--
-- Data for Name: owned_object; Type: TABLE DATA; Schema: whisper; Owner: -
--

COPY whisper.owned_object (object_type, object_identity, object_names, object_arguments, schema_name, object_name, tier, revision, origin, run, ordinal) FROM stdin;
type	public.standing	{public.standing}	{}	public	standing	core	customers	created	1	1
table	public.customers	{public,customers}	{}	public	customers	core	customers	created	1	2
table	public.orders	{public,orders}	{}	public	orders	core	orders	created	1	5
function	public.order_count(integer)	{public,order_count}	{integer}	public	order_count	core	orders	created	1	7
table	public.payments	{public,payments}	{}	public	payments	core	payments	created	1	8
table	public.shipments	{public,shipments}	{}	public	shipments	core	shipments	created	1	9
view	public.overview	{public,overview}	{}	public	overview	queries	010_overview	created	3	1
table	public.notes	{public,notes}	{}	public	notes	queries	010_overview	created	3	2
table	public.sent	{public,sent}	{}	public	sent	clients	sent	created	6	1
table	public.by_hand	{public,by_hand}	{}	public	by_hand	core		claimed	7	1
\.


--
-- Data for Name: pack; Type: TABLE DATA; Schema: whisper; Owner: -
--

COPY whisper.pack (name, location, default_profile, critical_tables, loaded_at) FROM stdin;
shop	/srv/migrations/shop	everything	{customers}	2026-11-24 20:50:46.8722+00
\.


--
-- Data for Name: pack_check; Type: TABLE DATA; Schema: whisper; Owner: -
--

COPY whisper.pack_check (name, message, sql, line, file, file_size, file_mtime) FROM stdin;
names	every customer has a name	-- message: every customer has a name\nSELECT 'customers' AS subject, count(*) = 0 AS ok FROM customers WHERE name = '';\n	1	verify/names.sql	120	1795553445705331
\.


--
-- Data for Name: profile; Type: TABLE DATA; Schema: whisper; Owner: -
--

COPY whisper.profile (name, "position", tiers) FROM stdin;
tables	1	{core}
everything	2	{core,queries}
\.


--
-- Data for Name: revision; Type: TABLE DATA; Schema: whisper; Owner: -
--

COPY whisper.revision (revision, registration, tier, down_revisions, down_implicit, depends_on, branch_labels, message, rerun, up_sql, up_line, up_transactional, down_sql, down_line, down_transactional, verify_sql, verify_line, creates, checksum, file, file_size, file_mtime, includes, missing) FROM stdin;
customers	1	core	{}	t	{}	{}	who buys	changed	CREATE TYPE standing AS ENUM ('new', 'known');\nCREATE TABLE customers (id serial PRIMARY KEY, name text NOT NULL UNIQUE, standing standing NOT NULL DEFAULT 'new');\n	5	t	DROP TABLE customers;\nDROP TYPE standing;\n	8	t	SELECT to_regclass('customers') IS NOT NULL;\n	11	{customers}	\\xa84ec22a94a664473daa8c1a7c8e606d6857b13ae180ded3679d1d67fc4126ed	core/001_customers.sql	344	1795553445705133	{}	f
orders	2	core	{customers}	f	{}	{}	what they buy	changed	CREATE TABLE orders (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id integer NOT NULL REFERENCES customers);\nCREATE FUNCTION order_count(integer) RETURNS bigint LANGUAGE sql STABLE AS\n    'SELECT count(*) FROM orders WHERE customer_id = $1';\n	6	t	DROP FUNCTION order_count(integer);\nDROP TABLE orders;\n	10	t	\N	0	{orders}	\\x5ec4de67d138dd49b8c25ce44c99c396c64fd607f37f6dcb935994614144fbeb	core/002_orders.sql	419	1795553445705158	{}	f
payments	3	core	{orders}	f	{}	{billing}	what they paid	changed	CREATE TABLE payments (order_id integer REFERENCES orders, cents integer NOT NULL CHECK (cents > 0));\n	7	t	DROP TABLE payments;\n	9	t	\N	0	{payments}	\\xf8452223732f4b6c3857b8640b54d7784c2b9cf4d7d32bc6491ed0251b0b64d5	core/003_payments.sql	254	1795553445705178	{}	f
shipments	4	core	{orders}	f	{}	{}	what was sent	changed	CREATE TABLE shipments (order_id integer REFERENCES orders, sent_at timestamptz NOT NULL);\n	6	t	DROP TABLE shipments;\n	8	t	\N	0	{shipments}	\\x0d719473c70acd21e49a5afc1a57750421bd08064f84e7ab785a848970107e4f	core/003_shipments.sql	218	1795553445705200	{}	f
meet	5	core	{payments,shipments}	f	{}	{}	billing and shipping meet	changed		6	t		7	t	\N	0	{}	\\x9d39bc3d556f80b25444061ddeed63f90076820b3d9894ab572e7182751b1934	core/004_meet.sql	125	1795553445705221	{}	f
returns	6	core	{meet}	f	{}	{}	what came back	changed	CREATE TABLE returns (order_id integer REFERENCES orders);\n	6	t	DROP TABLE returns;\n	8	t	\N	0	{returns}	\\x7ca1c1f78181a9136aa2bd1aa96058c8da21ba54bcaca22389b8abe1c04312a7	core/005_returns.sql	181	1795553445705241	{}	f
010_overview	7	queries	{}	f	{orders}	{}		changed	-- depends_on: orders\nCREATE OR REPLACE VIEW overview AS\n    SELECT customers.name, order_count(customers.id) AS orders FROM customers CROSS JOIN (VALUES (1)) AS one (n);\nCREATE TABLE IF NOT EXISTS notes (id serial PRIMARY KEY, body text);\n	1	t	\N	0	t	\N	0	{notes}	\\x0e2f4494ba044a76e5b6f5d5802d95a59540b50435abe19d16b959803b3419c4	queries/010_overview.sql	240	1795553445705285	{}	f
sent	8	clients	{}	f	{}	{}		changed	CREATE TABLE sent (id int);\n	3	t	DROP TABLE sent;	5	t	\N	0	{sent}	\\x6c6319b143ca6023dfee2d03d13e4d570322453bd001886a4e90f724da68bea5	\N	\N	\N	{}	f
\.


--
-- Data for Name: statement; Type: TABLE DATA; Schema: whisper; Owner: -
--

COPY whisper.statement (revision, number, line, checksum, verb, object_type, object_name, rerunnable, run) FROM stdin;
010_overview	1	2	\\x36fca130d40918323a1d193048cddba11bf47f318172008985a100f9b6324904	CREATE OR REPLACE VIEW	view	overview	t	3
010_overview	2	4	\\xdc783095ca066f3199170e7ac7a4860716b4c76f2887a4c1924f11669303d0f4	CREATE TABLE	table	notes	t	3
\.


--
-- Data for Name: tier; Type: TABLE DATA; Schema: whisper; Owner: -
--

COPY whisper.tier (name, "position", kind) FROM stdin;
core	1	versioned
queries	2	repeatable
clients	3	versioned
\.


--
-- Name: customers_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.customers_id_seq', 2, true);


--
-- Name: notes_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.notes_id_seq', 1, true);


--
-- Name: orders_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.orders_id_seq', 3, true);


--
-- Name: history_id; Type: SEQUENCE SET; Schema: whisper; Owner: -
--

SELECT pg_catalog.setval('whisper.history_id', 12, true);


--
-- Name: run_id; Type: SEQUENCE SET; Schema: whisper; Owner: -
--

SELECT pg_catalog.setval('whisper.run_id', 7, true);


--
-- Name: customers customers_name_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customers
    ADD CONSTRAINT customers_name_key UNIQUE (name);


--
-- Name: customers customers_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.customers
    ADD CONSTRAINT customers_pkey PRIMARY KEY (id);


--
-- Name: notes notes_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notes
    ADD CONSTRAINT notes_pkey PRIMARY KEY (id);


--
-- Name: orders orders_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (id);


--
-- Name: orders orders_customer_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES public.customers(id);


--
-- Name: payments payments_order_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.payments
    ADD CONSTRAINT payments_order_id_fkey FOREIGN KEY (order_id) REFERENCES public.orders(id);


--
-- Name: shipments shipments_order_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.shipments
    ADD CONSTRAINT shipments_order_id_fkey FOREIGN KEY (order_id) REFERENCES public.orders(id);


--
-- PostgreSQL database dump complete
--


