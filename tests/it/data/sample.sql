-- A row in every table, the same text for both databases.
INSERT INTO person
    (id, email, name, password_hash, is_operator, created_at, disabled_at)
VALUES
    ('p1', 'owner@example.org', 'Olive Owner', '$argon2id$', FALSE, '2026-05-01 10:00:00', NULL);
INSERT INTO organization
    (id, slug, name, service, carrier_account, time_zone, contacts_per_number, room, reservation_hours, rest_days, order_limit, tolerated_load_percent, delete_campaign_services, created_at)
VALUES
    ('o1', 'our-city', 'Our City', 'fakeservice', 'our-city', 'America/Detroit', 200, 400, 168, 7, 500, 150, TRUE, '2026-05-01 10:00:00');
INSERT INTO carrier_connection
    (organization_id, service, carrier_account, credential_user, sealed_secret, inbound_url, status_url, addresses_changed_at, voice_url, checked_at, check_works, check_words, check_carrier_code, check_carrier_words, check_next_step, worked_at, balance, balance_currency, balance_at)
VALUES
    ('o1', 'fakeservice', 'our-city', 'SK1', 'sealed', 'https://texting.example.org/in', 'https://texting.example.org/status', '2026-05-01 10:00:00', 'https://texting.example.org/voice', '2026-05-01 10:00:00', TRUE, 'It works.', NULL, NULL, NULL, '2026-05-01 10:00:00', 12500000, 'USD', '2026-05-01 10:00:00');
INSERT INTO membership
    (organization_id, person_id, role, created_at)
VALUES
    ('o1', 'p1', 'OWNER', '2026-05-01 10:00:00');
INSERT INTO user_session
    (id, person_id, created_at, last_seen_at, expires_at, ended_at)
VALUES
    ('s1', 'p1', '2026-05-01 10:00:00', '2026-05-01 10:00:00', '2026-06-01 10:00:00', NULL);
INSERT INTO activity
    (id, organization_id, at, person_id, verb, subject, words)
VALUES
    ('a1', 'o1', '2026-05-01 10:00:00', 'p1', 'order.placed', 'r1', 'ordered 1 number');
INSERT INTO job_request
    (id, organization_id, kind, payload, unique_key, status, attempts, progress_done, progress_total, message, run_after, lease_owner, lease_until, created_at, finished_at)
VALUES
    ('j1', 'o1', 'purchasing.buy', '{}', 'purchasing.buy:r1', 'done', 1, 1, 1, NULL, '2026-05-01 10:00:00', NULL, NULL, '2026-05-01 10:00:00', '2026-05-01 10:01:00');
INSERT INTO messaging_service
    (id, organization_id, service, carrier_account, service_sid, name, origin, campaign_id, room, registration, created_at, deleted_at)
VALUES
    ('m1', 'o1', 'fakeservice', 'our-city', 'MG1', 'Fall GOTV', 'made', 'c1', 400, NULL, '2026-05-02 10:00:00', NULL);
INSERT INTO campaign
    (id, organization_id, name, state, contacts_per_number, strategy, include_resting, planned_start, hold_until, messaging_service_id, file_name, file_read_at, contact_records, contacts, notice, created_by, created_at, started_at, archived_at, closed_at)
VALUES
    ('c1', 'o1', 'Fall GOTV', 'started', 200, 'best', FALSE, NULL, NULL, 'm1', 'contacts.csv', '2026-05-02 09:00:00', 3, 2, NULL, 'p1', '2026-05-02 09:00:00', '2026-05-02 10:00:00', NULL, NULL);
INSERT INTO campaign_plan
    (campaign_id, made_at, plan)
VALUES
    ('c1', '2026-05-02 09:30:00', '{}');
INSERT INTO campaign_rule
    (campaign_id, kind, place, organization_id, position)
VALUES
    ('c1', 'must_not', '213', 'o1', 0);
INSERT INTO campaign_need
    (campaign_id, area_code, contacts)
VALUES
    ('c1', '313', 2);
INSERT INTO campaign_reject
    (campaign_id, reason, rows_count)
VALUES
    ('c1', 'duplicate', 1);
INSERT INTO purchase_order
    (id, organization_id, service, carrier_account, status, ceiling, placed_by, placed_at, continues, stop_asked_at, finished_at, notice, follow_up, fallback, campaign_id)
VALUES
    ('r1', 'o1', 'fakeservice', 'our-city', 'complete', 1150000, 'p1', '2026-05-01 10:00:00', NULL, NULL, '2026-05-01 10:01:00', NULL, NULL, 'state', 'c1');
INSERT INTO order_fallback
    (order_id, area_code, position, instead, expected, quoted_price)
VALUES
    ('r1', '679', 1, '313', 1, 1150000);
INSERT INTO order_line
    (id, order_id, position, area_code, quoted_price, status, reason, provider_code, number_id, finished_at, instead)
VALUES
    ('l1', 'r1', 1, '679', 1150000, 'bought', NULL, NULL, 'n1', '2026-05-01 10:01:00', '313');
INSERT INTO order_candidate
    (id, line_id, order_id, service, carrier_account, phone_number, monthly_price, status, reason, provider_code, planned_at, asked_at, settled_at, times_asked, times_checked, handle)
VALUES
    ('k1', 'l1', 'r1', 'fakeservice', 'our-city', '+13135550101', 1150000, 'bought', NULL, NULL, '2026-05-01 10:00:10', '2026-05-01 10:00:20', '2026-05-01 10:01:00', 1, 0, NULL);
INSERT INTO owned_phone_number
    (id, organization_id, service, carrier_account, service_id, phone_number, area_code, kind, label, monthly_price, bought_at, renews_on, order_id, campaign_id, hold, messaging_service_id, resting_until, cordoned_at, leaving_at, lost_at, released_at)
VALUES
    ('n1', 'o1', 'fakeservice', 'our-city', 'PN1', '+13135550101', '313', 'local', '', 1150000, '2026-05-01 10:01:00', '2026-06-01', 'r1', 'c1', 'in_use', 'm1', NULL, NULL, NULL, NULL, NULL);
INSERT INTO number_digits
    (number_id, organization_id, ends, local)
VALUES
    ('n1', 'o1', '0101', '5550101');
INSERT INTO service_look
    (organization_id, service, carrier_account, finished_at, problem)
VALUES
    ('o1', 'fakeservice', 'our-city', '2026-05-03 10:00:00', NULL);
INSERT INTO seen_service
    (organization_id, service, carrier_account, service_sid, name, registered, registration, loses_replies, geomatch, members, strangers, created_at, seen_at)
VALUES
    ('o1', 'fakeservice', 'our-city', 'MG1', 'Fall GOTV', FALSE, 'IN_PROGRESS', FALSE, TRUE, 1, 0, '2026-05-02 10:00:00', '2026-05-03 10:00:00');
INSERT INTO seen_member
    (organization_id, service, carrier_account, service_sid, number_sid)
VALUES
    ('o1', 'fakeservice', 'our-city', 'MG1', 'PN1');
INSERT INTO service_move
    (id, organization_id, messaging_service_id, order_id, asked_by, asked_at, finished_at)
VALUES
    ('v1', 'o1', 'm1', 'r1', 'p1', '2026-05-02 11:00:00', '2026-05-02 11:01:00');
INSERT INTO service_move_line
    (move_id, number_id, from_service_id, status, reason, provider_code, finished_at)
VALUES
    ('v1', 'n1', NULL, 'done', NULL, NULL, '2026-05-02 11:01:00');
INSERT INTO number_count
    (organization_id, service, area_code, available, cordoned, reserved, in_use, attached, resting, leaving, lost, monthly_cost)
VALUES
    ('o1', 'fakeservice', '313', 0, 0, 0, 1, 0, 0, 0, 0, 1150000);
INSERT INTO number_event
    (id, organization_id, number_id, at, kind, person_id, campaign_id, order_id, why, before, after)
VALUES
    ('e1', 'o1', 'n1', '2026-05-01 10:01:00', 'bought', 'p1', NULL, 'r1', '', '', 'available');
INSERT INTO charge
    (id, organization_id, number_id, period_start, period_end, amount, basis)
VALUES
    ('h1', 'o1', 'n1', '2026-05-01', '2026-06-01', 1150000, 'quoted');
INSERT INTO assignment
    (id, organization_id, number_id, campaign_id, started_at, ended_at)
VALUES
    ('g1', 'o1', 'n1', 'c1', '2026-05-02 10:00:00', NULL);
INSERT INTO month_touched
    (id, organization_id, first_month, last_month)
VALUES
    ('t1', 'o1', '2026-05-01', '2026-05-01');
INSERT INTO spend_month
    (organization_id, month, turn, added_up_at)
VALUES
    ('o1', '2026-05-01', 1, '2026-05-02 10:01:00');
INSERT INTO spend_part
    (organization_id, month, face, value, quoted, billed, estimated, idle, number_time, charges)
VALUES
    ('o1', '2026-05-01', 'holder', 'c1', 1112903, 0, 0, 0, 365400, 1);
INSERT INTO spend_cell
    (organization_id, month, position, holder, campaign_id, area_code, service, kind, quoted, billed, estimated, number_time, charges)
VALUES
    ('o1', '2026-05-01', 0, 'campaign', 'c1', '313', 'fakeservice', 'local', 1112903, 0, 0, 365400, 1);
INSERT INTO spend_days
    (organization_id, month, face, value, days, gaps)
VALUES
    ('o1', '2026-05-01', 'holder', 'c1', ';37097,,,,12180,1;37097,,,,12180', '');
INSERT INTO spend_outlook
    (organization_id, face, value, month, to_come, next_month, numbers)
VALUES
    ('o1', 'area', '313', '2026-05-01', 0, 1150000, 1);
INSERT INTO release_request
    (id, organization_id, asked_by, asked_at, finished_at)
VALUES
    ('x1', 'o1', 'p1', '2026-05-03 10:00:00', NULL);
INSERT INTO release_line
    (release_id, number_id, status, reason, provider_code, finished_at)
VALUES
    ('x1', 'n1', 'kept', 'The carrier did not answer.', '20500', '2026-05-03 10:01:00');
INSERT INTO invitation
    (id, organization_id, email, role, token_hash, invited_by, created_at, expires_at, accepted_at, accepted_by, withdrawn_at)
VALUES
    ('i1', 'o1', 'nora@example.org', 'ADMIN', 'hash of a token', 'p1', '2026-05-01 10:00:00', '2026-05-08 10:00:00', NULL, NULL, NULL);
INSERT INTO api_token
    (id, organization_id, name, scope, token_hash, hint, made_by, made_at, used_at, revoked_at)
VALUES
    ('k1', 'o1', 'Texting platform', 'senders', 'hash of a token', 'nb_abcd', 'p1', '2026-05-01 10:00:00', NULL, NULL);
INSERT INTO password_reset
    (id, person_id, token_hash, made_by, created_at, expires_at, used_at, withdrawn_at)
VALUES
    ('w1', 'p1', 'hash of another', NULL, '2026-05-01 10:00:00', '2026-05-02 10:00:00', NULL, NULL);
INSERT INTO second_step
    (person_id, secret, created_at, confirmed_at, last_step)
VALUES
    ('p1', 'sealed', '2026-05-01 10:00:00', '2026-05-01 10:01:00', 59253300);
INSERT INTO recovery_code
    (person_id, code_hash, used_at)
VALUES
    ('p1', 'hash of a code', NULL);
INSERT INTO setup_token
    (token_hash, created_at)
VALUES
    ('hash of a third', '2026-05-01 10:00:00');
INSERT INTO sync_run
    (id, organization_id, service, carrier_account, asked_by, asked_at, step, position, restarts, seen, found, lost, status, words, finished_at)
VALUES
    ('y1', 'o1', 'fakeservice', 'our-city', 'p1', '2026-05-04 10:00:00', 'done', NULL, 0, 2, 0, 0, 'complete', 'The carrier listed 2 numbers.', '2026-05-04 10:01:00');
INSERT INTO sync_seen
    (run_id, remote_id, phone_number, client_ref, created_at, monthly_price, voice_url, service_sid, sms)
VALUES
    ('y1', 'PN1', '+13135550101', NULL, '2026-05-01 10:01:00', NULL, NULL, 'MG1', TRUE);
INSERT INTO sync_pool
    (run_id, service_sid, name, is_read)
VALUES
    ('y1', 'MG1', 'Fall GOTV', TRUE);
INSERT INTO sync_difference
    (id, run_id, organization_id, kind, remote_id, phone_number, number_id, created_at, client_ref, monthly_price, voice_url, service_sid, service_name, sms, asked, asked_by, asked_at, problem)
VALUES
    ('d1', 'y1', 'o1', 'unknown', 'PN2', '+13135550102', NULL, '2026-04-01 10:00:00', NULL, 1150000, NULL, NULL, NULL, TRUE, 'adopt', 'p1', '2026-05-04 11:00:00', NULL);
INSERT INTO sync_ignored
    (organization_id, service, carrier_account, remote_id, ignored_by, ignored_at)
VALUES
    ('o1', 'fakeservice', 'our-city', 'PN3', 'p1', '2026-05-04 11:00:00');
INSERT INTO mail_message
    (id, organization_id, about, recipient, sealed, status, words, created_at, useful_until, ended_at)
VALUES
    ('t1', 'o1', 'invitation/i1', 'nora@example.org', 'sealed', 'waiting', 'The mail server cannot be reached.', '2026-05-01 10:00:00', '2026-05-08 10:00:00', NULL);
INSERT INTO sign_in_limit
    (key_hash, counts_until)
VALUES
    ('hash of an address', '2026-05-01 10:05:00');
INSERT INTO voice_request
    (id, organization_id, voice_url, asked_by, asked_at, finished_at)
VALUES
    ('v1', 'o1', 'https://texting.example.org/voice', 'p1', '2026-05-03 10:00:00', '2026-05-03 10:01:00');
INSERT INTO voice_line
    (voice_id, number_id, status, reason, provider_code, finished_at)
VALUES
    ('v1', 'n1', 'done', NULL, NULL, '2026-05-03 10:01:00');
INSERT INTO number_request
    (id, organization_id, campaign_id, status, asked_by, asked_at, needed_by, note, fallback, monthly_cost, decided_by, decided_at, answer, order_id, within_limit, not_automatic)
VALUES
    ('q1', 'o1', 'c1', 'approved', 'p1', '2026-05-01 09:50:00', '2026-05-02 10:00:00', 'For Friday', 'none', 1150000, 'p1', '2026-05-01 10:00:00', NULL, 'r1', 5000000, NULL);
INSERT INTO number_request_line
    (request_id, area_code, numbers, price)
VALUES
    ('q1', '679', 1, 1150000);
INSERT INTO approval_limit
    (organization_id, monthly, set_by, set_at)
VALUES
    ('o1', 5000000, 'p1', '2026-05-01 09:00:00');
INSERT INTO campaign
    (id, organization_id, name, state, contacts_per_number, strategy, include_resting, created_by, created_at)
VALUES
    ('c2', 'o1', 'Spring', 'draft', 200, 'simple', FALSE, 'p1', '2026-05-02 09:00:00');
INSERT INTO release_ask
    (id, organization_id, from_campaign, to_campaign, area_code, numbers, note, status, asked_by, asked_at, decided_by, decided_at, answer)
VALUES
    ('b1', 'o1', 'c1', 'c2', '313', 1, '', 'kept', 'p1', '2026-05-02 09:10:00', 'p1', '2026-05-02 09:20:00', 'It is in use.');
INSERT INTO give_back
    (id, organization_id, asked_by, asked_at, finished_at)
VALUES
    ('w1', 'o1', 'p1', '2026-05-05 09:10:00', '2026-05-05 09:11:00');
INSERT INTO give_back_line
    (give_back_id, campaign_id, held, status, given, reason)
VALUES
    ('w1', 'c1', 1, 'refused', NULL, 'It is started.');
INSERT INTO said_once
    (organization_id, about, said_at)
VALUES
    ('o1', 'budget:2026-05:80', '2026-05-20 10:00:00');
INSERT INTO letter_refusal
    (organization_id, person_id, refused_at)
VALUES
    ('o1', 'p1', '2026-05-20 10:00:00');
INSERT INTO fee
    (id, organization_id, day, kind, amount, note, entered_by, entered_at, voided_by, voided_at, void_note)
VALUES
    ('f1', 'o1', '2026-05-04', 'registration', 15000000, 'Campaign vetting', 'p1', '2026-05-04 10:00:00', NULL, NULL, NULL);
INSERT INTO planned_release
    (id, organization_id, number_id, release_on, renews_on, messaging_service_id, service_sid, asked_by, asked_at, status, words, release_id, settled_by, settled_at)
VALUES
    ('l1', 'o1', 'n1', '2026-05-30', '2026-05-31', NULL, NULL, 'p1', '2026-05-20 10:00:00', 'planned', NULL, NULL, NULL, NULL);
INSERT INTO usage_record
    (organization_id, service, carrier_account, day, category, count, amount, read_at)
VALUES
    ('o1', 'fakeservice', 'our-city', '2026-05-01', 'phonenumbers-local', 1, 1150000, '2026-05-02 05:00:00');
INSERT INTO usage_reading
    (organization_id, service, carrier_account, first_day, last_day, read_at, refused_at, refused_words)
VALUES
    ('o1', 'fakeservice', 'our-city', '2026-05-01', '2026-05-02', '2026-05-02 05:00:00', NULL, NULL);
INSERT INTO price_change
    (id, organization_id, service, carrier_account, kind, first_day, price_before, price_after, numbers, corrected, seen_at)
VALUES
    ('g1', 'o1', 'fakeservice', 'our-city', 'local', '2026-05-03', 1150000, 1250000, 4, 1, '2026-05-03 05:00:00');
INSERT INTO price_check
    (organization_id, service, carrier_account, currency, checked_on, local_price, toll_free_price, refused_at, refused_words)
VALUES
    ('o1', 'fakeservice', 'our-city', 'USD', '2026-05-03', 1250000, 2150000, NULL, NULL);
INSERT INTO start_forecast
    (campaign_id, organization_id, at, wanted, owned, to_buy, price)
VALUES
    ('c1', 'o1', '2026-05-20 10:00:00', 3, 2, 1, 1250000);
