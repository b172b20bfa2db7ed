-- In "our-city": a number, a draft campaign that holds none, a finished order with its line, a finished release,
-- an open invitation and an open link for a password, both of the token `a-token`.
INSERT INTO campaign
    (id, organization_id, name, state, contacts_per_number, strategy, created_by, created_at)
SELECT '01930000-0000-7000-8000-000000000002', o.id, 'Fall GOTV', 'draft', 200, 'best', p.id, '2026-11-01 10:00:00'
FROM organization o, person p WHERE o.slug = 'our-city' AND p.email = 'admin@example.org';
INSERT INTO purchase_order
    (id, organization_id, service, carrier_account, status, ceiling, placed_by, placed_at, finished_at)
SELECT '01930000-0000-7000-8000-000000000003', o.id, 'fakeservice', 'our-city', 'complete', 1150000, p.id,
    '2026-11-01 10:00:00', '2026-11-01 10:01:00'
FROM organization o, person p WHERE o.slug = 'our-city' AND p.email = 'owner@example.org';
INSERT INTO order_line
    (id, order_id, position, area_code, quoted_price, status, number_id, finished_at)
VALUES
    ('01930000-0000-7000-8000-000000000004', '01930000-0000-7000-8000-000000000003', 1, '313', 1150000, 'bought',
    '01930000-0000-7000-8000-000000000001', '2026-11-01 10:01:00');
INSERT INTO owned_phone_number
    (id, organization_id, service, carrier_account, service_id, phone_number, area_code, kind, monthly_price, bought_at,
    renews_on, order_id)
SELECT '01930000-0000-7000-8000-000000000001', o.id, 'fakeservice', 'our-city', 'PN1', '+13135550101', '313', 'local',
    1150000, '2026-11-01 10:01:00', '2026-12-01', '01930000-0000-7000-8000-000000000003'
FROM organization o WHERE o.slug = 'our-city';
INSERT INTO number_count (organization_id, service, area_code, available, monthly_cost)
SELECT o.id, 'fakeservice', '313', 1, 1150000 FROM organization o WHERE o.slug = 'our-city';
INSERT INTO charge (id, organization_id, number_id, period_start, period_end, amount, basis)
SELECT '01930000-0000-7000-8000-000000000006', o.id, '01930000-0000-7000-8000-000000000001', '2026-11-01',
    '2026-12-01', 1150000, 'quoted'
FROM organization o WHERE o.slug = 'our-city';
INSERT INTO release_request (id, organization_id, asked_by, asked_at, finished_at)
SELECT '01930000-0000-7000-8000-000000000005', o.id, p.id, '2026-11-02 10:00:00', '2026-11-02 10:01:00'
FROM organization o, person p WHERE o.slug = 'our-city' AND p.email = 'owner@example.org';
INSERT INTO release_line (release_id, number_id, status, reason, finished_at)
VALUES
    ('01930000-0000-7000-8000-000000000005', '01930000-0000-7000-8000-000000000001', 'kept', 'The carrier was away.',
    '2026-11-02 10:01:00');
INSERT INTO invitation (id, organization_id, email, role, token_hash, invited_by, created_at, expires_at)
SELECT '01930000-0000-7000-8000-000000000007', o.id, 'nora@example.org', 'ADMIN',
    'H2B246R7od7QgCX_4G5XryF8FPlAfzP7pQ-ZsccBk4c', p.id, '2026-11-22 10:00:00', '2026-11-29 10:00:00'
FROM organization o, person p WHERE o.slug = 'our-city' AND p.email = 'owner@example.org';
INSERT INTO password_reset (id, person_id, token_hash, created_at, expires_at)
SELECT '01930000-0000-7000-8000-000000000008', p.id, 'H2B246R7od7QgCX_4G5XryF8FPlAfzP7pQ-ZsccBk4c',
    '2026-11-22 10:00:00', '2026-11-23 10:00:00'
FROM person p WHERE p.email = 'admin@example.org';
INSERT INTO voice_request (id, organization_id, voice_url, asked_by, asked_at, finished_at)
SELECT '01930000-0000-7000-8000-000000000025', o.id, 'https://voice.example.org/', p.id, '2026-11-02 10:00:00',
    '2026-11-02 10:01:00'
FROM organization o, person p WHERE o.slug = 'our-city' AND p.email = 'owner@example.org';
INSERT INTO voice_line (voice_id, number_id, status, reason, finished_at)
VALUES
    ('01930000-0000-7000-8000-000000000025', '01930000-0000-7000-8000-000000000001', 'failed', 'The carrier was away.',
    '2026-11-02 10:01:00');
INSERT INTO messaging_service
    (id, organization_id, service, carrier_account, service_sid, name, origin, room, created_at)
SELECT '01930000-0000-7000-8000-000000000009', o.id, 'fakeservice', 'our-city', 'MG1', 'Main', 'adopted', 400,
    '2026-11-01 10:00:00'
FROM organization o WHERE o.slug = 'our-city';
INSERT INTO service_move (id, organization_id, messaging_service_id, asked_by, asked_at, finished_at)
SELECT '01930000-0000-7000-8000-00000000000a', o.id, '01930000-0000-7000-8000-000000000009', p.id,
    '2026-11-02 10:00:00', '2026-11-02 10:01:00'
FROM organization o, person p WHERE o.slug = 'our-city' AND p.email = 'owner@example.org';
INSERT INTO service_move_line (move_id, number_id, status, reason, finished_at)
VALUES
    ('01930000-0000-7000-8000-00000000000a', '01930000-0000-7000-8000-000000000001', 'refused', 'It was full.',
    '2026-11-02 10:01:00');
INSERT INTO number_request
    (id, organization_id, campaign_id, status, asked_by, asked_at, note, fallback, monthly_cost)
SELECT '01930000-0000-7000-8000-00000000000b', o.id, '01930000-0000-7000-8000-000000000002', 'open', p.id,
    '2026-11-02 10:00:00', '', 'none', 1150000
FROM organization o, person p WHERE o.slug = 'our-city' AND p.email = 'admin@example.org';
INSERT INTO number_request_line (request_id, area_code, numbers, price)
VALUES
    ('01930000-0000-7000-8000-00000000000b', '313', 1, 1150000);
INSERT INTO campaign
    (id, organization_id, name, state, contacts_per_number, strategy, created_by, created_at)
SELECT '01930000-0000-7000-8000-00000000000e', o.id, 'Spring', 'draft', 200, 'simple', p.id, '2026-11-01 10:00:00'
FROM organization o, person p WHERE o.slug = 'our-city' AND p.email = 'admin@example.org';
INSERT INTO release_ask
    (id, organization_id, from_campaign, to_campaign, area_code, numbers, note, status, asked_by, asked_at)
SELECT '01930000-0000-7000-8000-00000000000c', o.id, '01930000-0000-7000-8000-000000000002',
    '01930000-0000-7000-8000-00000000000e', '313', 1, '', 'open', p.id, '2026-11-02 10:00:00'
FROM organization o, person p WHERE o.slug = 'our-city' AND p.email = 'admin@example.org';
INSERT INTO give_back (id, organization_id, asked_by, asked_at, finished_at)
SELECT '01930000-0000-7000-8000-00000000000d', o.id, p.id, '2026-11-02 10:00:00', '2026-11-02 10:01:00'
FROM organization o, person p WHERE o.slug = 'our-city' AND p.email = 'admin@example.org';
INSERT INTO give_back_line (give_back_id, campaign_id, held, status, reason)
VALUES
    ('01930000-0000-7000-8000-00000000000d', '01930000-0000-7000-8000-000000000002', 1, 'refused', 'It is a draft.');
INSERT INTO api_token (id, organization_id, name, scope, token_hash, hint, made_by, made_at)
SELECT '01930000-0000-7000-8000-00000000000b', o.id, 'Texting platform', 'senders', 'a hash', 'nb_abcd', p.id,
    '2026-11-02 10:00:00'
FROM organization o, person p WHERE o.slug = 'our-city' AND p.email = 'owner@example.org';
INSERT INTO fee (id, organization_id, day, kind, amount, note, entered_by, entered_at)
SELECT '01930000-0000-7000-8000-000000000001', o.id, '2026-11-02', 'one_off', 15000000, 'A fee', p.id, '2026-11-02 10:00:00'
FROM organization o, person p WHERE o.slug = 'our-city' AND p.email = 'owner@example.org';
