-- Demo data: the brand "demo" (Karara Demo), a small product company, and "northwind", a studio that ada works for on the side.
-- kararactl demo runs this as karara_owner; what is there already stays as it is. It reads two settings of the session:
-- karara.demo_password_hash (everybody's) and karara.demo_tasks (tasks of an additional big board, 0 for none).

begin;
set local search_path = tenant_shared, pg_catalog, pg_temp;
set local client_min_messages = warning;

-- The same ids on every installation, shaped like ours: kind 1 people, 2 brands, 3 teams, 4 boards, 5 lists, 6 and 7 tasks,
-- 8 divisions, 9 task templates, 10 invitations.
create or replace function pg_temp.demo_id(kind integer, n bigint) returns uuid language sql as $$
    select ('0192f3c4-5e00-7' || lpad(to_hex(kind), 3, '0') || '-8000-' || lpad(to_hex(n), 12, '0'))::uuid
$$;


-- ---- people ----

create temporary table demo_people (n integer, word text primary key, first_name text, last_name text, role text, title text)
    on commit drop;
insert into demo_people values
    (1, 'ada', 'Ada', 'Okafor', 'owner', 'Founder'),
    (2, 'grace', 'Grace', 'Lindqvist', 'manager', 'Head of product'),
    (3, 'linus', 'Linus', 'Berger', 'member', 'Engineer'),
    (4, 'mary', 'Mary', 'Whitfield', 'client', 'Customer, Whitfield Books'),
    (5, 'guest', 'Noor', 'Haddad', 'guest', 'Accessibility reviewer'),
    (6, 'tomas', 'Tomás', 'Herrera', 'manager', 'Engineering lead'),
    (7, 'yuki', 'Yuki', 'Tanaka', 'member', 'Mobile engineer'),
    (8, 'priya', 'Priya', 'Raman', 'member', 'Designer'),
    (9, 'samuel', 'Samuel', 'Adeyemi', 'member', 'Engineer'),
    (10, 'elena', 'Elena', 'Petrova', 'manager', 'Head of marketing'),
    (11, 'omar', 'Omar', 'Rahimi', 'member', 'Support'),
    (12, 'chloe', 'Chloé', 'Martin', 'member', 'Writer'),
    (13, 'diego', 'Diego', 'Santos', 'member', 'Data analyst'),
    (14, 'hanna', 'Hanna', 'Virtanen', 'admin', 'Operations'),
    (15, 'kwame', 'Kwame', 'Mensah', 'member', 'Quality engineer'),
    (16, 'ines', 'Inês', 'Carvalho', 'member', 'Social media'),
    (17, 'viktor', 'Viktor', 'Novak', 'member', 'Site reliability engineer');

insert into karara.users (id, email, username, first_name, last_name, status, platform_role, profile_completed, wip_limit,
                          preferences, created_at, updated_at)
select pg_temp.demo_id(1, n), word || '@demo.example', word, first_name, last_name, 'active',
       case word when 'ada' then 'admin' else 'member' end, true, 5,
       jsonb_build_object('timezone', 'Europe/Berlin', 'language', 'en', 'theme', 'auto'),
       now() - interval '120 days' + n * interval '1 day', now() - interval '30 days'
from demo_people
on conflict do nothing;

insert into karara.credentials (user_id, password_hash)
select u.id, current_setting('karara.demo_password_hash')
from demo_people p join karara.users u on lower(u.email) = p.word || '@demo.example'
on conflict do nothing;

create temporary table demo_users on commit drop as
select p.*, u.id from demo_people p join karara.users u on lower(u.email) = p.word || '@demo.example';


-- ---- brands ----

insert into karara.brands (id, name, slug, description, settings, subscription, compliance, created_by, created_at, updated_at)
select pg_temp.demo_id(2, b.n), b.name, b.slug, b.description, b.settings, b.subscription, b.compliance, u.id,
       now() - interval '110 days', now() - interval '30 days'
from (values
    (1, 'Karara Demo', 'demo', 'A small company that makes Shelfmark, a catalogue for independent bookshops.',
     '{"timezone": "Europe/Berlin", "date_format": "YYYY-MM-DD", "currency": "EUR", "language": "en",
       "working_hours": {"monday": {"from": "09:00", "to": "17:30"}, "tuesday": {"from": "09:00", "to": "17:30"},
                         "wednesday": {"from": "09:00", "to": "17:30"}, "thursday": {"from": "09:00", "to": "17:30"},
                         "friday": {"from": "09:00", "to": "15:00"}},
       "holidays": [{"date": "2026-12-25", "name": "Christmas"}, {"date": "2027-01-01", "name": "New Year"}]}'::jsonb,
     '{"plan": "premium", "status": "active", "billing_cycle": "yearly", "max_users": 100}'::jsonb,
     '{"audit_logging": true, "data_retention_days": 365}'::jsonb, 'ada'),
    (2, 'Northwind Studio', 'northwind', 'Design for small publishers.',
     '{"timezone": "Europe/Lisbon", "date_format": "DD.MM.YYYY", "currency": "EUR", "language": "en"}'::jsonb,
     '{"plan": "free", "status": "active"}'::jsonb, '{}'::jsonb, 'ines')
) as b (n, name, slug, description, settings, subscription, compliance, owner)
join demo_users u on u.word = b.owner
on conflict do nothing;

insert into karara.brand_members (brand_id, user_id, role, invited_by, joined_at, access_version, created_at, updated_at)
select pg_temp.demo_id(2, 1), u.id, u.role, (select a.id from demo_users a where a.word = 'ada' and u.word <> 'ada'),
       now() - interval '100 days' + u.n * interval '1 day', 0, now() - interval '100 days' + u.n * interval '1 day',
       now() - interval '30 days'
from demo_users u
on conflict do nothing;

insert into karara.brand_members (brand_id, user_id, role, invited_by, joined_at, access_version)
select pg_temp.demo_id(2, 2), u.id, m.role, (select i.id from demo_users i where i.word = 'ines' and u.word <> 'ines'), now(), 0
from (values ('ines', 'owner'), ('ada', 'member'), ('priya', 'manager'), ('chloe', 'member')) as m (word, role)
join demo_users u using (word)
on conflict do nothing;


-- Somebody who was asked in and hasn't come yet. No mail went out: it is sent again from the list of invitations.
insert into karara.invitations (id, brand_id, email, role, message, token_digest, invited_by, expires_at, sent_at, sent_since, created_at, updated_at)
select pg_temp.demo_id(10, 1), pg_temp.demo_id(2, 1), 'rosa@bookbarn.example', 'client', 'Follow how your shelf labels come along.',
       sha256(karara.uuid_v7()::text::bytea), u.id, now() + interval '6 days', now() - interval '1 day', now() - interval '1 day',
       now() - interval '1 day', now() - interval '1 day'
from demo_users u
where u.word = 'ada'
on conflict do nothing;


-- ---- the work of the demo brand ----

select set_config('karara.brand_id', pg_temp.demo_id(2, 1)::text, true);

create temporary table demo_teams (brand integer, n integer, word text primary key, name text, description text, owner text,
    members text[], managers text[]) on commit drop;
insert into demo_teams values
    (1, 1, 'product', 'Product', 'What we build next, and how we know that it helps.', 'grace',
     '{priya,diego,omar,chloe,guest,linus}', '{grace}'),
    (1, 2, 'engineering', 'Engineering', 'The web shop, the apps, and the machines below them.', 'tomas',
     '{linus,yuki,samuel,kwame,viktor,priya}', '{tomas,grace}'),
    (1, 3, 'marketing', 'Marketing', 'Telling bookshops that we exist.', 'elena', '{ines,chloe,diego}', '{elena}'),
    (2, 4, 'studio', 'Studio', 'Everybody.', 'ines', '{ada,chloe}', '{ines,priya}');

-- people: who is in it. teams: whose boards they see without being in the team.
create temporary table demo_divisions (brand integer, n integer, word text primary key, name text, description text, above text,
    people text[], teams text[]) on commit drop;
insert into demo_divisions values
    (1, 1, 'company', 'Shelfmark', 'Everybody who works here.', null, '{ada,hanna}', '{}'),
    (1, 2, 'making', 'Making', 'Product, design and engineering.', 'company', '{grace,tomas}', '{}'),
    (1, 3, 'quality', 'Quality', 'Looks at everything before customers do.', 'making', '{kwame}', '{product}'),
    (1, 4, 'selling', 'Selling', 'Marketing and support.', 'company', '{elena,omar}', '{marketing}'),
    (2, 5, 'all', 'Studio', 'Everybody.', null, '{ines,priya}', '{studio}');

create temporary table demo_boards (team text, n integer, key text primary key, name text, description text) on commit drop;
insert into demo_boards values
    ('engineering', 1, 'WEB', 'Web shop', 'shelfmark.example: catalogue, orders, accounts.'),
    ('engineering', 2, 'APP', 'Mobile app', 'Scan a shelf, find a book, sell it.'),
    ('product', 3, 'IDEA', 'Discovery', 'Questions that we ask customers, and what we learnt.'),
    ('marketing', 4, 'LAUNCH', 'Spring launch', 'Version 4 goes out in spring. Everything that people will see of it.'),
    ('studio', 5, 'STU', 'Covers', 'Book covers in the works.');

create temporary table demo_lists (n integer primary key, word text, name text, status text) on commit drop;
insert into demo_lists values
    (1, 'todo', 'To do', 'todo'), (2, 'doing', 'In progress', 'in_progress'), (3, 'review', 'Review', 'in_progress'),
    (4, 'done', 'Done', 'completed');

-- due: days from now. People are named in order; the first one is the one to ask.
create temporary table demo_tasks (n integer generated always as identity, board text, list text, type text, priority text,
    due integer, tags text[], people text[], estimate float8, spent float8, title text, description text) on commit drop;
insert into demo_tasks (board, list, type, priority, due, tags, people, estimate, spent, title, description) values
    ('WEB', 'todo', 'bug', 'urgent', 1, '{checkout,payments}', '{samuel,kwame}', 6, 0,
     'Orders above 1,000 € lose their discount at checkout',
     $md$A bookshop in Porto reported it, and we can repeat it:

1. Put books for more than **1,000.00 €** into the basket.
2. Enter a discount code.
3. Go to payment: the total is the full price.

Below a thousand all is well, so this smells of a *thousands separator* that is parsed as text.$md$),
    ('WEB', 'todo', 'feature', 'high', 6, '{search}', '{linus}', 16, 0, 'Forgive typing errors in the search for titles',
     $md$Customers search for "Murakamy" and find nothing. We want close matches below the exact ones.

- [ ] measure what share of searches finds nothing today
- [ ] trigram index on titles and authors
- [ ] show "Did you mean …?" when there is no exact match$md$),
    ('WEB', 'todo', 'task', 'medium', 12, '{performance}', '{viktor}', 8, 0, 'Serve cover images in AVIF',
     'Covers are 70 % of the bytes of a shelf page. AVIF halves them; JPEG stays for old browsers.'),
    ('WEB', 'todo', 'story', 'medium', 15, '{accounts}', '{}', 13, 0, 'As a shop owner I invite my staff without sharing a password',
     $md$**Why:** six of ten shops told us that they share one login behind the counter.

**Done when** an owner can invite by e-mail, choose *sells* or *manages stock*, and take the access back.$md$),
    ('WEB', 'todo', 'task', 'low', null, '{cleanup}', '{linus}', 3, 0, 'Remove the old import page',
     'Nobody opened it since March. The new import has been the default for half a year.'),
    ('WEB', 'todo', 'bug', 'medium', 4, '{accessibility}', '{priya}', 2, 0, 'Focus is lost when the basket opens',
     $md$Found by Noor. With the keyboard alone one ends up behind the drawer. Expected: focus goes to the heading of the basket and comes back to the button when it closes.$md$),
    ('WEB', 'todo', 'feature', 'medium', 20, '{orders}', '{samuel}', 12, 0, 'Let customers cancel an order for an hour', ''),
    ('WEB', 'todo', 'task', 'medium', null, '{docs}', '{chloe}', 4, 0, 'Explain the import file format with examples', ''),
    ('WEB', 'doing', 'feature', 'high', 3, '{search,performance}', '{linus,samuel}', 20, 11, 'Answer a search in under 100 ms',
     $md$Where the time goes (95th percentile, last week):

| step | ms |
|---|---:|
| query | 212 |
| rendering | 64 |
| network | 31 |

The query scans all editions. With an index by shop and title it takes **9 ms** on a copy of the data.$md$),
    ('WEB', 'doing', 'bug', 'high', 2, '{orders,mail}', '{samuel}', 5, 2, 'Order confirmation is sent twice when the bank answers late',
     'The bank repeats its call after ten seconds. We treat the second one as a new payment; it needs a key of its own.'),
    ('WEB', 'doing', 'task', 'medium', 8, '{infrastructure}', '{viktor}', 10, 6, 'Restore last night''s backup on a spare machine, by script',
     $md$A backup that was never restored is a hope.

```sh
./restore --from last-night --to spare --verify
```

The script should end with a count of orders that can be compared with the live shop.$md$),
    ('WEB', 'review', 'feature', 'medium', 1, '{catalogue}', '{kwame,priya}', 9, 8, 'Show shelves as a grid or as a list',
     'The choice is remembered per person. Screens below 480 px always get the list.'),
    ('WEB', 'review', 'bug', 'high', -1, '{payments}', '{samuel,tomas}', 3, 4, 'Refunds in Swiss francs are off by one centime',
     'Rounding to five centimes happened twice. The fix rounds once, at the end; see the table of cases in the test.'),
    ('WEB', 'done', 'feature', 'high', -9, '{catalogue}', '{linus}', 14, 15, 'Series: volumes in order, with a gap for the missing one', ''),
    ('WEB', 'done', 'task', 'medium', -12, '{infrastructure}', '{viktor}', 6, 5, 'Move the shop to the new machines', ''),
    ('WEB', 'done', 'bug', 'urgent', -14, '{checkout}', '{samuel}', 2, 3, 'Basket is empty after signing in', ''),
    ('WEB', 'done', 'feature', 'medium', -20, '{accessibility}', '{priya,guest}', 8, 7, 'Readable in high-contrast mode', ''),
    ('WEB', 'done', 'task', 'low', null, '{cleanup}', '{kwame}', 4, 2, 'Delete test shops older than a year', ''),

    ('APP', 'todo', 'feature', 'high', 9, '{scanner}', '{yuki}', 18, 0, 'Scan ten books in one go',
     $md$Take a shelf, not a book: hold the phone over a pile, and every barcode that it sees is counted once.

- beep differs for *new* and *seen already*
- works without network; uploads later$md$),
    ('APP', 'todo', 'bug', 'medium', 5, '{offline}', '{yuki,kwame}', 4, 0, 'Stock counts jump back after a night offline',
     'When two phones count the same shelf, the later upload wins even if it is the older count.'),
    ('APP', 'todo', 'task', 'medium', 14, '{release}', '{kwame}', 5, 0, 'Test on the five cheapest phones that shops really use', ''),
    ('APP', 'todo', 'story', 'low', null, '{ideas}', '{}', null, 0, 'As a reader I see which shop near me has the book', ''),
    ('APP', 'doing', 'epic', 'high', 25, '{offline}', '{yuki,tomas}', 60, 22, 'Sell without network',
     $md$Fairs and markets have no network worth the name. The app keeps a **queue of sales** and settles it when it can.

1. ~~Local copy of the stock~~
2. ~~Receipts with numbers from a reserved range~~
3. Card payments: what does the terminal allow?
4. Tell two people who sold the last copy$md$),
    ('APP', 'doing', 'bug', 'urgent', 0, '{scanner,camera}', '{yuki}', 3, 1, 'Camera stays on after the scanner is closed',
     'Batteries drain, and people notice the green dot. Only on version 14 and later.'),
    ('APP', 'review', 'feature', 'medium', 2, '{design}', '{priya,yuki}', 10, 9, 'Dark mode', 'Follows the phone. Receipts stay white.'),
    ('APP', 'done', 'milestone', 'high', -5, '{release}', '{tomas}', null, 0, 'Version 3.8 is in both stores', ''),
    ('APP', 'done', 'feature', 'medium', -11, '{receipts}', '{yuki}', 7, 6, 'Receipts by e-mail', ''),
    ('APP', 'done', 'bug', 'medium', -16, '{scanner}', '{kwame}', 2, 2, 'Old barcodes with twelve digits aren''t recognised', ''),

    ('IDEA', 'todo', 'task', 'high', 7, '{interviews}', '{grace,diego}', 12, 0, 'Ask ten shops how they decide what to reorder',
     $md$Questions, to be kept short:

- When did you last order a book that then didn't sell? *Tell me about it.*
- What did you look at before you ordered?
- Who else decides?

We listen; we don't present.$md$),
    ('IDEA', 'todo', 'task', 'medium', 18, '{data}', '{diego}', 8, 0, 'Which shops stop using us, and when?', ''),
    ('IDEA', 'todo', 'story', 'medium', null, '{accounts}', '{mary,grace}', null, 0,
     'Whitfield Books: two shops, one catalogue, separate tills',
     'Mary''s wish, and three other customers have the same. Before we promise anything: what is shared, what isn''t?'),
    ('IDEA', 'todo', 'task', 'low', 30, '{pricing}', '{grace}', 6, 0, 'What would a plan for fairs cost?', ''),
    ('IDEA', 'todo', 'task', 'medium', 10, '{support}', '{omar}', 4, 0, 'Sort last quarter''s support mails by cause', ''),
    ('IDEA', 'doing', 'task', 'high', 4, '{prototype}', '{priya,mary}', 16, 9, 'Prototype of reorder suggestions',
     $md$Paper first, then a clickable one. Mary tries it with her real stock on Thursday.

> I don't want to be told what to buy. I want to be told what I forgot. — Mary$md$),
    ('IDEA', 'doing', 'task', 'medium', 6, '{interviews}', '{chloe,omar}', 5, 2, 'Write up the visits in Leipzig', ''),
    ('IDEA', 'review', 'task', 'medium', 1, '{accessibility}', '{guest,priya}', 6, 6, 'Try the shop with a screen reader, from search to receipt',
     'Noor''s notes are in; we go through them together and make a task of each.'),
    ('IDEA', 'done', 'task', 'medium', -8, '{data}', '{diego,grace}', 9, 10, 'How many shops use series?', ''),
    ('IDEA', 'done', 'task', 'low', -22, '{pricing}', '{grace,mary}', 3, 3, 'Talk with Whitfield Books about the yearly plan', ''),
    ('IDEA', 'done', 'task', 'high', -15, '{interviews}', '{omar}', 10, 12, 'Call the five shops that left in autumn', ''),

    ('LAUNCH', 'todo', 'milestone', 'urgent', 28, '{launch}', '{elena,ada}', null, 0, 'Launch day', 'Checklist, people and times are in the description of each task.'),
    ('LAUNCH', 'todo', 'task', 'high', 13, '{film}', '{ines,chloe}', 20, 0, 'Film: one day in a bookshop, ninety seconds',
     $md$Shot at Whitfield Books, with Mary's permission.

- morning: boxes arrive, *scan*
- noon: somebody asks for "that blue book"
- evening: what to reorder$md$),
    ('LAUNCH', 'todo', 'task', 'medium', 16, '{press}', '{elena}', 6, 0, 'List of forty people who write about bookshops', ''),
    ('LAUNCH', 'todo', 'task', 'medium', 22, '{mail}', '{chloe}', 5, 0, 'Letter to all customers', ''),
    ('LAUNCH', 'todo', 'task', 'low', null, '{swag}', '{ines}', 3, 0, 'Bookmarks instead of stickers?', ''),
    ('LAUNCH', 'todo', 'task', 'high', 19, '{website}', '{chloe,priya}', 15, 0, 'New front page', 'One sentence, one picture, one button.'),
    ('LAUNCH', 'doing', 'task', 'high', 5, '{website}', '{chloe}', 8, 3, 'Say in one sentence what Shelfmark is',
     $md$Candidates so far:

1. *The catalogue that your bookshop already has in its head.*
2. *Know what stands on your shelves.*
3. *For shops that would rather sell books than count them.*$md$),
    ('LAUNCH', 'doing', 'task', 'medium', 9, '{events}', '{elena,ines}', 12, 5, 'Stand at the Leipzig book fair', 'Hall 5, near the coffee. Table, light, two phones for trying the app.'),
    ('LAUNCH', 'doing', 'task', 'medium', 7, '{data}', '{diego}', 4, 1, 'Figures that we may publish', ''),
    ('LAUNCH', 'review', 'task', 'medium', 0, '{customers}', '{mary,elena}', 4, 3, 'Whitfield Books in their own words',
     'A page about Mary''s shops. She reads it before anybody else does.'),
    ('LAUNCH', 'review', 'task', 'low', 3, '{social}', '{ines}', 3, 3, 'Pictures for the first two weeks', ''),
    ('LAUNCH', 'done', 'task', 'high', -6, '{launch}', '{elena,grace,ada}', 5, 6, 'Agree on the date', 'After the fair, before the summer catalogues.'),
    ('LAUNCH', 'done', 'task', 'medium', -10, '{press}', '{elena}', 4, 3, 'Talk to last year''s journalists', ''),
    ('LAUNCH', 'done', 'task', 'medium', -18, '{website}', '{priya}', 10, 14, 'Choose typefaces that work in five languages', ''),

    ('STU', 'todo', 'task', 'high', 6, '{cover}', '{priya,ada}', 9, 0, 'Cover for "The Salt Road"', 'Historical novel, 420 pages. The author dislikes faces on covers.'),
    ('STU', 'todo', 'task', 'medium', 15, '{cover}', '{priya}', 7, 0, 'Series design for six small crime novels', ''),
    ('STU', 'todo', 'task', 'low', null, '{office}', '{ines}', 1, 0, 'New plotter: repair or buy?', ''),
    ('STU', 'doing', 'task', 'high', 2, '{cover}', '{chloe,ada}', 6, 3, 'Blurb and back cover of "Small Hours"', ''),
    ('STU', 'review', 'task', 'medium', 1, '{print}', '{ines}', 2, 2, 'Proofs from the printer in Porto', ''),
    ('STU', 'done', 'task', 'medium', -7, '{cover}', '{priya}', 8, 9, 'Cover for "Field Notes"', '');

-- Subtasks: which task is a part of which.
create temporary table demo_parts (part text primary key, whole text) on commit drop;
insert into demo_parts values
    ('Stock counts jump back after a night offline', 'Sell without network'),
    ('New front page', 'Launch day'), ('Letter to all customers', 'Launch day'),
    ('Say in one sentence what Shelfmark is', 'New front page');

-- Tasks that make themselves, at 09:00 in Berlin. first: the moment that it next comes, as a day of the week or month after this one.
create temporary table demo_templates (n integer primary key, board text, list text, rrule text, first text, due integer, tags text[],
    people text[], title text, checklist text[]) on commit drop;
insert into demo_templates values
    (1, 'WEB', 'todo', 'FREQ=WEEKLY;BYDAY=MO', 'week', 1440, '{upkeep}', '{viktor}', 'Look through last week''s alarms',
     '{"Read the list of alarms","Silence what nobody needs","Write down what was learnt"}'),
    (2, 'LAUNCH', 'todo', 'FREQ=MONTHLY;BYMONTHDAY=1', 'month', 2880, '{letter}', '{chloe,ines}', 'Letter to bookshops',
     '{"Collect the news","Write","Have it read by somebody else"}'),
    (3, 'STU', 'todo', 'FREQ=WEEKLY;INTERVAL=1;BYDAY=MO', 'week', null, '{office}', '{ines}', 'Order paper and ink', '{}');

create or replace procedure pg_temp.demo_load(brand integer) language plpgsql as $$
declare
    the_brand constant uuid := pg_temp.demo_id(2, brand);
begin
    perform set_config('karara.brand_id', the_brand::text, true);

    insert into teams (brand_id, id, name, description, owner_id, created_by, created_at, updated_at)
    select the_brand, pg_temp.demo_id(3, t.n), t.name, t.description, u.id, u.id, now() - interval '95 days', now() - interval '40 days'
    from demo_teams t join demo_users u on u.word = t.owner
    where t.brand = demo_load.brand
    on conflict do nothing;

    insert into team_members (brand_id, team_id, user_id, role)
    select the_brand, pg_temp.demo_id(3, t.n), u.id, case when u.word = any (t.managers) then 'manager' else 'member' end
    from demo_teams t join demo_users u on u.word = any (t.members || t.managers)
    where t.brand = demo_load.brand
    on conflict do nothing;

    insert into divisions (brand_id, id, parent_division_id, name, description)
    select the_brand, pg_temp.demo_id(8, d.n), pg_temp.demo_id(8, up.n), d.name, d.description
    from demo_divisions d left join demo_divisions up on up.word = d.above
    where d.brand = demo_load.brand
    order by d.n
    on conflict do nothing;

    insert into division_members (brand_id, division_id, user_id)
    select the_brand, pg_temp.demo_id(8, d.n), u.id from demo_divisions d join demo_users u on u.word = any (d.people)
    where d.brand = demo_load.brand
    on conflict do nothing;

    insert into division_teams (brand_id, division_id, team_id)
    select the_brand, pg_temp.demo_id(8, d.n), pg_temp.demo_id(3, t.n) from demo_divisions d join demo_teams t on t.word = any (d.teams)
    where d.brand = demo_load.brand
    on conflict do nothing;

    -- Boards that are there already keep their lists and tasks as people have made them.
    create temporary table demo_made on commit drop as
    with made as (
        insert into boards (brand_id, id, team_id, name, key, description, position, created_by, created_at, updated_at)
        select the_brand, pg_temp.demo_id(4, b.n), pg_temp.demo_id(3, t.n), b.name, b.key, b.description, karara.rank_at(b.n - 1),
               u.id, now() - interval '90 days', now() - interval '40 days'
        from demo_boards b join demo_teams t on t.word = b.team join demo_users u on u.word = t.owner
        where t.brand = demo_load.brand
        on conflict do nothing
        returning key, id
    )
    select b.* from demo_boards b join made m on m.key = b.key and m.id = pg_temp.demo_id(4, b.n);

    insert into lists (brand_id, id, board_id, name, position, status, wip_limit, created_at, updated_at)
    select the_brand, pg_temp.demo_id(5, b.n * 10 + l.n), pg_temp.demo_id(4, b.n), l.name, karara.rank_at(l.n - 1), l.status,
           case when b.key = 'WEB' and l.word = 'doing' then 4 end, now() - interval '90 days', now() - interval '40 days'
    from demo_made b cross join demo_lists l;

    insert into tasks (brand_id, id, board_id, list_id, number, title, description, task_type, status, priority, position, start_at,
                       due_at, completed_at, estimated_hours, actual_hours, tags, parent_task_id, created_by, created_at, updated_at)
    select the_brand, pg_temp.demo_id(6, t.n), pg_temp.demo_id(4, b.n), pg_temp.demo_id(5, b.n * 10 + l.n),
           row_number() over (partition by b.n order by t.n), t.title, t.description, t.type, l.status, t.priority,
           karara.rank_at(row_number() over (partition by b.n, l.n order by t.n) - 1),
           case when l.status <> 'todo' then date_trunc('hour', now()) - interval '6 days' end,
           date_trunc('day', now()) + t.due * interval '1 day' + interval '16 hours',
           case l.status when 'completed' then date_trunc('hour', now()) + (coalesce(t.due, -25) - 1) * interval '1 day' end,
           t.estimate, t.spent, t.tags, pg_temp.demo_id(6, whole.n), coalesce(u.id, owner.id),
           now() - interval '35 days' + t.n * interval '3 hours', now() - interval '8 days' + t.n * interval '2 hours'
    from demo_tasks t
    join demo_made b on b.key = t.board
    join demo_lists l on l.word = t.list
    join demo_teams team on team.word = b.team
    join demo_users owner on owner.word = team.owner
    left join demo_users u on u.word = t.people[1] and u.role not in ('client', 'guest')
    left join demo_parts p on p.part = t.title
    left join demo_tasks whole on whole.title = p.whole;

    insert into task_assignees (brand_id, task_id, user_id, position, assigned_at)
    select the_brand, pg_temp.demo_id(6, t.n), u.id, person.n - 1, now() - interval '8 days'
    from demo_tasks t
    join demo_made b on b.key = t.board
    cross join unnest(t.people) with ordinality as person (word, n)
    join demo_users u on u.word = person.word;

    insert into checklist_items (brand_id, id, task_id, text, done, position)
    select the_brand, pg_temp.demo_id(11, t.n * 10 + s.n), made.id, s.text, s.n <= t.n % 4 or made.status = 'completed', karara.rank_at(s.n - 1)
    from demo_tasks t
    join demo_made b on b.key = t.board
    join tasks made on made.brand_id = the_brand and made.id = pg_temp.demo_id(6, t.n)
    cross join unnest(array['Agree on what is wanted', 'Make it', 'Have somebody look at it', 'Tell who asked']) with ordinality s (text, n)
    where t.n % 3 = 0;
    update tasks t set checklist_total = i.total, checklist_done = i.done
    from (select task_id, count(*) as total, count(*) filter (where done) as done from checklist_items where brand_id = the_brand group by 1) i
    where t.brand_id = the_brand and t.id = i.task_id and t.board_id in (select b.id from boards b join demo_made m on m.key = b.key where b.brand_id = the_brand);

    insert into task_templates (brand_id, id, team_id, board_id, list_id, title, tags, assignee_ids, checklist, due_offset_minutes, created_by)
    select the_brand, pg_temp.demo_id(9, k.n), x.team_id, x.id, pg_temp.demo_id(5, b.n * 10 + l.n), k.title, k.tags,
           array(select u.id from unnest(k.people) with ordinality person (word, n) join demo_users u on u.word = person.word
                 order by person.n), k.checklist, k.due, x.created_by
    from demo_templates k
    join demo_made b on b.key = k.board
    join boards x on x.brand_id = the_brand and x.id = pg_temp.demo_id(4, b.n)
    join demo_lists l on l.word = k.list;
    insert into karara.schedules (id, brand_id, owner_kind, owner_id, rrule, starts_at, timezone, next_run_at)
    select gen_random_uuid(), the_brand, 'task_template', pg_temp.demo_id(9, k.n), k.rrule, d.at, 'Europe/Berlin',
           d.at at time zone 'Europe/Berlin'
    from demo_templates k
    join demo_made b on b.key = k.board
    cross join lateral (
        select date_trunc(k.first, now() at time zone 'Europe/Berlin') + ('1 ' || k.first)::interval + interval '9 hours' as at
    ) d;

    update lists l set task_count = (select count(*) from tasks t
        where t.brand_id = l.brand_id and t.list_id = l.id and t.archived_at is null)
    where l.brand_id = the_brand and l.board_id in (select pg_temp.demo_id(4, m.n) from demo_made m);
    update boards b set task_count = (select coalesce(sum(l.task_count), 0) from lists l where l.brand_id = b.brand_id and l.board_id = b.id),
        last_task_number = (select coalesce(max(t.number), 0) from tasks t where t.brand_id = b.brand_id and t.board_id = b.id)
    where b.brand_id = the_brand and b.id in (select pg_temp.demo_id(4, m.n) from demo_made m);

    -- How it came about: each task was made, given to somebody, and moved to where it stands. No events, which would be about now.
    insert into activities (brand_id, sequence, actor_id, verb, subject_type, subject_id, subject_title, subject_reference, board_id,
                            task_id, changes, created_at)
    select the_brand, row_number() over (order by a.at, a.step, t.number), a.actor, a.verb, 'task', t.id, t.title,
           b.key || '-' || t.number, b.id, t.id, a.changes, a.at
    from tasks t
    join boards b on b.brand_id = t.brand_id and b.id = t.board_id
    join lists l on l.brand_id = t.brand_id and l.id = t.list_id
    cross join lateral (
        select o.id, o.name from lists o where o.brand_id = t.brand_id and o.board_id = t.board_id order by o.position, o.id limit 1
    ) f
    cross join lateral (
        select coalesce(jsonb_agg(x.user_id order by x.position), '[]') as ids,
            (array_agg(x.user_id order by x.position))[1] as first
        from task_assignees x where x.brand_id = t.brand_id and x.task_id = t.id
    ) p
    cross join lateral (
        values (1, 'created', t.created_by, t.created_at, '{}'::jsonb),
               (2, 'assigned', t.created_by, t.created_at + interval '40 minutes',
                jsonb_build_object('assignee_ids', jsonb_build_object('added', p.ids, 'removed', '[]'::jsonb))),
               (3, 'moved', coalesce(p.first, t.created_by), coalesce(t.completed_at, t.updated_at),
                jsonb_build_object('list_id', jsonb_build_object('from', f.id, 'to', l.id, 'from_name', f.name, 'to_name', l.name))
                || case when t.status <> 'todo'
                        then jsonb_build_object('status', jsonb_build_object('from', 'todo', 'to', t.status)) else '{}' end)
    ) a (step, verb, actor, at, changes)
    where (a.step = 1 or a.step = 2 and p.ids <> '[]' or a.step = 3 and l.id <> f.id)
        and not exists (select from karara.event_counters c where c.brand_id = the_brand);
    insert into karara.event_counters (brand_id, last_sequence)
    select the_brand, max(a.sequence) from activities a having count(*) > 0
    on conflict do nothing;

    -- What people were told of it: the newest of each. The last four are unread.
    insert into notifications (brand_id, id, user_id, event_id, type, reason, actor_id, subject_type, subject_id, title, message, url, data,
                               is_read, read_at, created_at, expires_at)
    select the_brand, karara.uuid_v7(), n.user_id, 'demo:' || n.sequence || ':' || n.user_id, n.type, n.reason, n.actor_id, 'task', n.task_id,
           n.title, n.subject_title, '/b/' || n.board_id || '/t/' || n.subject_reference,
           jsonb_build_object('reference', n.subject_reference, 'task_title', n.subject_title, 'board_id', n.board_id),
           n.place > 4, case when n.place > 4 then n.created_at + interval '2 hours' end, n.created_at, now() + interval '60 days'
    from (
        select a.*, w.user_id, w.type, w.reason, w.title, row_number() over (partition by w.user_id order by a.created_at desc, a.sequence) as place
        from activities a
        join karara.users actor on actor.id = a.actor_id
        join tasks t on t.brand_id = a.brand_id and t.id = a.task_id
        cross join lateral (
            select x.user_id, 'task.assigned' as type, 'assigned' as reason,
                   actor.first_name || ' ' || actor.last_name || ' assigned ' || a.subject_reference || ' to you' as title
            from task_assignees x
            where a.verb = 'assigned' and x.brand_id = a.brand_id and x.task_id = a.task_id
            union all
            select t.created_by, 'task.completed', 'creator', actor.first_name || ' ' || actor.last_name || ' completed ' || a.subject_reference
            where a.verb = 'moved' and a.changes #>> '{status,to}' = 'completed'
        ) w
        where w.user_id <> a.actor_id
    ) n
    where n.place <= 9
    on conflict do nothing;
    insert into notification_deliveries (brand_id, notification_id, way, user_id, status, due_at, sent_at, error)
    select n.brand_id, n.id, w.way, n.user_id, w.status, n.created_at, case w.status when 'sent' then n.created_at end, w.error
    from notifications n
    cross join (values ('in_app', 'sent', null), ('email', 'skipped', 'read before')) w (way, status, error)
    where n.brand_id = the_brand and n.event_id like 'demo:%' and (w.way = 'in_app' or n.is_read)
    on conflict do nothing;
    insert into notification_mutes (brand_id, user_id, subject_type, subject_id)
    select distinct on (n.brand_id) n.brand_id, n.user_id, 'task', n.subject_id from notifications n
    where n.brand_id = the_brand and n.event_id like 'demo:%' order by n.brand_id, n.created_at
    on conflict do nothing;
    drop table demo_made;
end
$$;
call pg_temp.demo_load(2);
call pg_temp.demo_load(1);


-- ---- a board with very many tasks, when asked for ----

create or replace procedure pg_temp.demo_load_big(wanted integer) language plpgsql as $$
declare
    the_brand constant uuid := pg_temp.demo_id(2, 1);
    the_board constant uuid := pg_temp.demo_id(4, 9);
    verbs constant text[] := '{Check,Order,Repair,Describe,Measure,Photograph,Return,Price,Translate,Archive,Count,Label}';
    things constant text[] := '{the delivery from Lyon,shelf twelve,the window display,invoices of March,the reading corner,'
        'reviews of the week,the map of the shop,signed copies,the children''s books,the card reader,the newsletter}';
    first_new integer;
begin
    if wanted = 0 then
        return;
    end if;
    insert into boards (brand_id, id, team_id, name, key, description, position, created_by)
    select the_brand, the_board, pg_temp.demo_id(3, 2), 'Big board', 'BIG', 'Many tasks, to see how it feels.', karara.rank_at(8), u.id
    from demo_users u where u.word = 'tomas'
    on conflict do nothing;
    insert into lists (brand_id, id, board_id, name, position, status)
    select the_brand, pg_temp.demo_id(5, 90 + l.n), the_board, l.name, karara.rank_at(l.n - 1), l.status
    from (values (0, 'Ideas', 'todo'), (1, 'To do', 'todo'), (2, 'In progress', 'in_progress'), (3, 'Review', 'in_progress'),
                 (4, 'Done', 'completed')) as l (n, name, status)
    where not exists (select from lists o where o.brand_id = the_brand and o.board_id = the_board);
    select b.last_task_number + 1 into first_new from boards b where b.brand_id = the_brand and b.id = the_board for update;

    insert into tasks (brand_id, id, board_id, list_id, number, title, description, task_type, status, priority, position, due_at,
                       completed_at, estimated_hours, tags, created_by, created_at, updated_at)
    select the_brand, pg_temp.demo_id(7, i), the_board, pg_temp.demo_id(5, 90 + i % 5), i,
           verbs[1 + i % 12] || ' ' || things[1 + i % 11], 'Number ' || i || ' of many.',
           (array['task', 'task', 'bug', 'feature', 'story'])[1 + i % 5],
           (array['todo', 'todo', 'in_progress', 'in_progress', 'completed'])[1 + i % 5],
           (array['low', 'medium', 'medium', 'high', 'medium', 'low', 'urgent'])[1 + i % 7],
           karara.rank_at(i / 5),
           case when i % 3 = 0 then date_trunc('day', now()) + (i % 120 - 40) * interval '1 day' end,
           case when i % 5 = 4 then now() - (i % 90) * interval '1 day' end,
           1 + i % 16, array[(array['shop', 'stock', 'people', 'press', 'web'])[1 + i % 5]], u.id,
           now() - interval '200 days' + i * interval '10 seconds', now() - interval '100 days' + i * interval '5 seconds'
    from generate_series(first_new, wanted) i, demo_users u
    where u.word = 'tomas';

    -- The foreign keys' look-ups were planned for a handful of tasks: with new figures they are planned anew.
    analyze boards, lists, tasks;

    -- What is in progress has nobody yet: otherwise everybody's limit would be reached.
    insert into task_assignees (brand_id, task_id, user_id)
    select the_brand, pg_temp.demo_id(7, i), u.id
    from generate_series(first_new, wanted) i join demo_users u on u.n = (array[3, 6, 7, 8, 9, 15, 17])[1 + i % 7]
    where i % 5 not in (2, 3);

    update lists l set task_count = (select count(*) from tasks t
        where t.brand_id = l.brand_id and t.list_id = l.id and t.archived_at is null)
    where l.brand_id = the_brand and l.board_id = the_board;
    update boards b set last_task_number = greatest(last_task_number, wanted),
        task_count = (select sum(l.task_count) from lists l where l.brand_id = b.brand_id and l.board_id = b.id)
    where b.brand_id = the_brand and b.id = the_board;
end
$$;
call pg_temp.demo_load_big(current_setting('karara.demo_tasks')::integer);

select set_config('karara.demo_summary', format('Brand %s: %s people, %s teams, %s boards, %s tasks.', b.slug,
    (select count(*) from karara.brand_members m where m.brand_id = b.id), (select count(*) from teams),
    (select count(*) from boards), (select sum(task_count) from boards)), false)
from karara.brands b where b.id = pg_temp.demo_id(2, 1);

commit;

analyze karara.users, karara.brand_members, tenant_shared.boards, tenant_shared.lists, tenant_shared.tasks, tenant_shared.task_assignees;
