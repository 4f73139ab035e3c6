--
-- PostgreSQL database dump
--

\restrict 2vPq0mYkLz

SET statement_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);

--
-- Name: notes; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.notes (
    id integer NOT NULL,
    body text DEFAULT 'it''s; fine'::text,
    "odd;name" text
);

CREATE TABLE public.empty_one (a integer);

COMMENT ON TABLE public.notes IS 'Notes; with a semicolon -- and no comment';

COPY public.notes (id, body, "odd;name") FROM stdin;
1	don't; stop	\N
2	-- migrate:down	/* open
3	$$	"
\.


COPY public.empty_one (a) FROM stdin; -- nothing in it
\.

COPY public.notes FROM STDIN WITH (FORMAT csv);
4,"a ""quoted"" field",x
5,plain,
\.
ALTER TABLE ONLY public.notes
    ADD CONSTRAINT notes_pkey PRIMARY KEY (id);

SELECT pg_catalog.count(*) FROM public.notes;

\unrestrict 2vPq0mYkLz
