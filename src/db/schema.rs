//! The tables, as both databases have them (`tests/it/migrations.rs` holds the two to it).
#![allow(missing_docs)]

diesel::table! {
    person (id) {
        id -> Text,
        email -> Text,
        name -> Text,
        password_hash -> Text,
        is_operator -> Bool,
        created_at -> Timestamp,
        disabled_at -> Nullable<Timestamp>,
        password_changed_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    organization (id) {
        id -> Text,
        slug -> Text,
        name -> Text,
        service -> Text,
        carrier_account -> Text,
        time_zone -> Text,
        contacts_per_number -> BigInt,
        room -> BigInt,
        reservation_hours -> BigInt,
        rest_days -> BigInt,
        order_limit -> BigInt,
        tolerated_load_percent -> BigInt,
        delete_campaign_services -> Bool,
        created_at -> Timestamp,
        owners_in_two_steps -> Bool,
        connection_broken_at -> Nullable<Timestamp>,
        connection_broken_kind -> Nullable<Text>,
        connection_broken_words -> Nullable<Text>,
        default_strategy -> Text,
        monthly_budget -> Nullable<BigInt>,
        money_letters -> Bool,
        weekly_letters -> Bool,
    }
}

diesel::table! {
    carrier_connection (organization_id, service, carrier_account) {
        organization_id -> Text,
        service -> Text,
        carrier_account -> Text,
        credential_user -> Nullable<Text>,
        sealed_secret -> Nullable<Text>,
        inbound_url -> Nullable<Text>,
        status_url -> Nullable<Text>,
        addresses_changed_at -> Nullable<Timestamp>,
        voice_url -> Nullable<Text>,
        checked_at -> Nullable<Timestamp>,
        check_works -> Nullable<Bool>,
        check_words -> Nullable<Text>,
        check_carrier_code -> Nullable<Text>,
        check_carrier_words -> Nullable<Text>,
        check_next_step -> Nullable<Text>,
        worked_at -> Nullable<Timestamp>,
        balance -> Nullable<BigInt>,
        balance_currency -> Nullable<Text>,
        balance_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    membership (organization_id, person_id) {
        organization_id -> Text,
        person_id -> Text,
        role -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    user_session (id) {
        id -> Text,
        person_id -> Text,
        created_at -> Timestamp,
        last_seen_at -> Timestamp,
        expires_at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
        waits_for_code -> Bool,
    }
}

diesel::table! {
    activity (id) {
        id -> Text,
        organization_id -> Text,
        at -> Timestamp,
        person_id -> Nullable<Text>,
        verb -> Text,
        subject -> Text,
        words -> Text,
    }
}

diesel::table! {
    job_request (id) {
        id -> Text,
        organization_id -> Nullable<Text>,
        kind -> Text,
        payload -> Text,
        unique_key -> Nullable<Text>,
        status -> Text,
        attempts -> BigInt,
        progress_done -> BigInt,
        progress_total -> BigInt,
        message -> Nullable<Text>,
        run_after -> Timestamp,
        lease_owner -> Nullable<Text>,
        lease_until -> Nullable<Timestamp>,
        created_at -> Timestamp,
        finished_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    messaging_service (id) {
        id -> Text,
        organization_id -> Text,
        service -> Text,
        carrier_account -> Text,
        service_sid -> Nullable<Text>,
        name -> Text,
        origin -> Text,
        campaign_id -> Nullable<Text>,
        room -> BigInt,
        registration -> Nullable<Text>,
        created_at -> Timestamp,
        deleted_at -> Nullable<Timestamp>,
        addresses_at -> Nullable<Timestamp>,
        addresses_problem -> Nullable<Text>,
        registered -> Bool,
        is_default -> Bool,
        strangers -> BigInt,
    }
}

diesel::table! {
    service_look (organization_id, service, carrier_account) {
        organization_id -> Text,
        service -> Text,
        carrier_account -> Text,
        finished_at -> Nullable<Timestamp>,
        problem -> Nullable<Text>,
    }
}

diesel::table! {
    seen_service (organization_id, service, carrier_account, service_sid) {
        organization_id -> Text,
        service -> Text,
        carrier_account -> Text,
        service_sid -> Text,
        name -> Text,
        registered -> Bool,
        registration -> Nullable<Text>,
        loses_replies -> Bool,
        geomatch -> Bool,
        members -> BigInt,
        strangers -> BigInt,
        created_at -> Timestamp,
        seen_at -> Timestamp,
    }
}

diesel::table! {
    seen_member (organization_id, service, carrier_account, service_sid, number_sid) {
        organization_id -> Text,
        service -> Text,
        carrier_account -> Text,
        service_sid -> Text,
        number_sid -> Text,
    }
}

diesel::table! {
    service_move (id) {
        id -> Text,
        organization_id -> Text,
        messaging_service_id -> Nullable<Text>,
        order_id -> Nullable<Text>,
        asked_by -> Text,
        asked_at -> Timestamp,
        finished_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    service_move_line (move_id, number_id) {
        move_id -> Text,
        number_id -> Text,
        from_service_id -> Nullable<Text>,
        status -> Text,
        reason -> Nullable<Text>,
        provider_code -> Nullable<Text>,
        finished_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    campaign (id) {
        id -> Text,
        organization_id -> Text,
        name -> Text,
        state -> Text,
        contacts_per_number -> BigInt,
        strategy -> Text,
        include_resting -> Bool,
        planned_start -> Nullable<Timestamp>,
        hold_until -> Nullable<Timestamp>,
        messaging_service_id -> Nullable<Text>,
        file_name -> Nullable<Text>,
        file_read_at -> Nullable<Timestamp>,
        contact_records -> BigInt,
        contacts -> BigInt,
        notice -> Nullable<Text>,
        created_by -> Text,
        created_at -> Timestamp,
        started_at -> Nullable<Timestamp>,
        archived_at -> Nullable<Timestamp>,
        closed_at -> Nullable<Timestamp>,
        own_service -> Bool,
        picker -> Text,
        lapsed -> Nullable<Text>,
    }
}

diesel::table! {
    api_token (id) {
        id -> Text,
        organization_id -> Text,
        name -> Text,
        scope -> Text,
        token_hash -> Text,
        hint -> Text,
        made_by -> Text,
        made_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
        revoked_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    campaign_plan (campaign_id) {
        campaign_id -> Text,
        made_at -> Timestamp,
        plan -> Text,
    }
}

diesel::table! {
    campaign_need (campaign_id, area_code) {
        campaign_id -> Text,
        area_code -> Text,
        contacts -> BigInt,
    }
}

diesel::table! {
    campaign_reject (campaign_id, reason) {
        campaign_id -> Text,
        reason -> Text,
        rows_count -> BigInt,
    }
}

diesel::table! {
    purchase_order (id) {
        id -> Text,
        organization_id -> Text,
        service -> Text,
        carrier_account -> Text,
        status -> Text,
        ceiling -> BigInt,
        placed_by -> Text,
        placed_at -> Timestamp,
        continues -> Nullable<Text>,
        stop_asked_at -> Nullable<Timestamp>,
        finished_at -> Nullable<Timestamp>,
        notice -> Nullable<Text>,
        follow_up -> Nullable<Text>,
        fallback -> Text,
        campaign_id -> Nullable<Text>,
        messaging_service_id -> Nullable<Text>,
        reserves -> Bool,
    }
}

diesel::table! {
    order_fallback (order_id, area_code, position) {
        order_id -> Text,
        area_code -> Text,
        position -> BigInt,
        instead -> Text,
        expected -> BigInt,
        quoted_price -> BigInt,
    }
}

diesel::table! {
    order_line (id) {
        id -> Text,
        order_id -> Text,
        position -> BigInt,
        area_code -> Text,
        quoted_price -> BigInt,
        status -> Text,
        reason -> Nullable<Text>,
        provider_code -> Nullable<Text>,
        number_id -> Nullable<Text>,
        finished_at -> Nullable<Timestamp>,
        instead -> Nullable<Text>,
    }
}

diesel::table! {
    order_candidate (id) {
        id -> Text,
        line_id -> Text,
        order_id -> Text,
        service -> Text,
        carrier_account -> Text,
        phone_number -> Text,
        monthly_price -> BigInt,
        status -> Text,
        reason -> Nullable<Text>,
        provider_code -> Nullable<Text>,
        planned_at -> Timestamp,
        asked_at -> Nullable<Timestamp>,
        settled_at -> Nullable<Timestamp>,
        times_asked -> BigInt,
        times_checked -> BigInt,
        handle -> Nullable<Text>,
    }
}

diesel::table! {
    owned_phone_number (id) {
        id -> Text,
        organization_id -> Text,
        service -> Text,
        carrier_account -> Text,
        service_id -> Text,
        phone_number -> Text,
        area_code -> Text,
        kind -> Text,
        label -> Text,
        monthly_price -> BigInt,
        bought_at -> Timestamp,
        renews_on -> Date,
        order_id -> Nullable<Text>,
        campaign_id -> Nullable<Text>,
        hold -> Nullable<Text>,
        messaging_service_id -> Nullable<Text>,
        resting_until -> Nullable<Timestamp>,
        cordoned_at -> Nullable<Timestamp>,
        leaving_at -> Nullable<Timestamp>,
        lost_at -> Nullable<Timestamp>,
        released_at -> Nullable<Timestamp>,
        rest_left -> Nullable<Timestamp>,
        voice_url -> Nullable<Text>,
    }
}

diesel::table! {
    number_count (organization_id, service, area_code) {
        organization_id -> Text,
        service -> Text,
        area_code -> Text,
        available -> BigInt,
        cordoned -> BigInt,
        reserved -> BigInt,
        in_use -> BigInt,
        attached -> BigInt,
        resting -> BigInt,
        leaving -> BigInt,
        lost -> BigInt,
        monthly_cost -> BigInt,
    }
}

diesel::table! {
    number_digits (number_id) {
        number_id -> Text,
        organization_id -> Text,
        ends -> Text,
        local -> Text,
    }
}

diesel::table! {
    number_event (id) {
        id -> Text,
        organization_id -> Text,
        number_id -> Text,
        at -> Timestamp,
        kind -> Text,
        person_id -> Nullable<Text>,
        campaign_id -> Nullable<Text>,
        order_id -> Nullable<Text>,
        why -> Text,
        before -> Text,
        after -> Text,
    }
}

diesel::table! {
    charge (id) {
        id -> Text,
        organization_id -> Text,
        number_id -> Text,
        period_start -> Date,
        period_end -> Date,
        amount -> BigInt,
        basis -> Text,
    }
}

diesel::table! {
    assignment (id) {
        id -> Text,
        organization_id -> Text,
        number_id -> Text,
        campaign_id -> Text,
        started_at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    release_request (id) {
        id -> Text,
        organization_id -> Text,
        asked_by -> Text,
        asked_at -> Timestamp,
        finished_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    release_line (release_id, number_id) {
        release_id -> Text,
        number_id -> Text,
        status -> Text,
        reason -> Nullable<Text>,
        provider_code -> Nullable<Text>,
        finished_at -> Nullable<Timestamp>,
        service_sid -> Nullable<Text>,
        left_service_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    sync_run (id) {
        id -> Text,
        organization_id -> Text,
        service -> Text,
        carrier_account -> Text,
        asked_by -> Nullable<Text>,
        asked_at -> Timestamp,
        step -> Text,
        position -> Nullable<Text>,
        restarts -> BigInt,
        seen -> BigInt,
        found -> BigInt,
        lost -> BigInt,
        status -> Text,
        words -> Text,
        finished_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    sync_seen (run_id, remote_id) {
        run_id -> Text,
        remote_id -> Text,
        phone_number -> Text,
        client_ref -> Nullable<Text>,
        created_at -> Timestamp,
        monthly_price -> Nullable<BigInt>,
        voice_url -> Nullable<Text>,
        service_sid -> Nullable<Text>,
        sms -> Bool,
    }
}

diesel::table! {
    sync_pool (run_id, service_sid) {
        run_id -> Text,
        service_sid -> Text,
        name -> Text,
        is_read -> Bool,
    }
}

diesel::table! {
    sync_difference (id) {
        id -> Text,
        run_id -> Text,
        organization_id -> Text,
        kind -> Text,
        remote_id -> Text,
        phone_number -> Text,
        number_id -> Nullable<Text>,
        created_at -> Timestamp,
        client_ref -> Nullable<Text>,
        monthly_price -> Nullable<BigInt>,
        voice_url -> Nullable<Text>,
        service_sid -> Nullable<Text>,
        service_name -> Nullable<Text>,
        sms -> Bool,
        asked -> Nullable<Text>,
        asked_by -> Nullable<Text>,
        asked_at -> Nullable<Timestamp>,
        problem -> Nullable<Text>,
    }
}

diesel::table! {
    sync_ignored (organization_id, service, carrier_account, remote_id) {
        organization_id -> Text,
        service -> Text,
        carrier_account -> Text,
        remote_id -> Text,
        ignored_by -> Text,
        ignored_at -> Timestamp,
    }
}

diesel::table! {
    invitation (id) {
        id -> Text,
        organization_id -> Text,
        email -> Text,
        role -> Text,
        token_hash -> Text,
        invited_by -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        accepted_at -> Nullable<Timestamp>,
        accepted_by -> Nullable<Text>,
        withdrawn_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    password_reset (id) {
        id -> Text,
        person_id -> Text,
        token_hash -> Text,
        made_by -> Nullable<Text>,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
        withdrawn_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    second_step (person_id) {
        person_id -> Text,
        secret -> Text,
        created_at -> Timestamp,
        confirmed_at -> Nullable<Timestamp>,
        last_step -> BigInt,
    }
}

diesel::table! {
    recovery_code (person_id, code_hash) {
        person_id -> Text,
        code_hash -> Text,
        used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    setup_token (token_hash) {
        token_hash -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    mail_message (id) {
        id -> Text,
        organization_id -> Nullable<Text>,
        about -> Text,
        recipient -> Text,
        sealed -> Nullable<Text>,
        status -> Text,
        words -> Nullable<Text>,
        created_at -> Timestamp,
        useful_until -> Timestamp,
        ended_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    sign_in_limit (key_hash) {
        key_hash -> Text,
        counts_until -> Timestamp,
    }
}

diesel::table! {
    voice_request (id) {
        id -> Text,
        organization_id -> Text,
        voice_url -> Nullable<Text>,
        asked_by -> Text,
        asked_at -> Timestamp,
        finished_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    voice_line (voice_id, number_id) {
        voice_id -> Text,
        number_id -> Text,
        status -> Text,
        reason -> Nullable<Text>,
        provider_code -> Nullable<Text>,
        finished_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    number_request (id) {
        id -> Text,
        organization_id -> Text,
        campaign_id -> Text,
        status -> Text,
        asked_by -> Text,
        asked_at -> Timestamp,
        needed_by -> Nullable<Timestamp>,
        note -> Text,
        fallback -> Text,
        monthly_cost -> BigInt,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<Timestamp>,
        answer -> Nullable<Text>,
        order_id -> Nullable<Text>,
        within_limit -> Nullable<BigInt>,
        not_automatic -> Nullable<Text>,
    }
}

diesel::table! {
    number_request_line (request_id, area_code) {
        request_id -> Text,
        area_code -> Text,
        numbers -> BigInt,
        price -> BigInt,
    }
}

diesel::table! {
    approval_limit (organization_id) {
        organization_id -> Text,
        monthly -> BigInt,
        set_by -> Text,
        set_at -> Timestamp,
    }
}

diesel::table! {
    release_ask (id) {
        id -> Text,
        organization_id -> Text,
        from_campaign -> Text,
        to_campaign -> Text,
        area_code -> Text,
        numbers -> BigInt,
        note -> Text,
        status -> Text,
        asked_by -> Text,
        asked_at -> Timestamp,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<Timestamp>,
        answer -> Nullable<Text>,
    }
}

diesel::table! {
    give_back (id) {
        id -> Text,
        organization_id -> Text,
        asked_by -> Text,
        asked_at -> Timestamp,
        finished_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    give_back_line (give_back_id, campaign_id) {
        give_back_id -> Text,
        campaign_id -> Text,
        held -> BigInt,
        status -> Text,
        given -> Nullable<BigInt>,
        reason -> Nullable<Text>,
    }
}

diesel::table! {
    month_touched (id) {
        id -> Text,
        organization_id -> Text,
        first_month -> Date,
        last_month -> Nullable<Date>,
    }
}

diesel::table! {
    spend_month (organization_id, month) {
        organization_id -> Text,
        month -> Date,
        turn -> BigInt,
        added_up_at -> Timestamp,
    }
}

diesel::table! {
    spend_part (organization_id, face, month, value) {
        organization_id -> Text,
        month -> Date,
        face -> Text,
        value -> Text,
        quoted -> BigInt,
        billed -> BigInt,
        estimated -> BigInt,
        idle -> BigInt,
        number_time -> BigInt,
        charges -> BigInt,
    }
}

diesel::table! {
    spend_cell (organization_id, month, position) {
        organization_id -> Text,
        month -> Date,
        position -> BigInt,
        holder -> Text,
        campaign_id -> Nullable<Text>,
        area_code -> Text,
        service -> Text,
        kind -> Text,
        quoted -> BigInt,
        billed -> BigInt,
        estimated -> BigInt,
        number_time -> BigInt,
        charges -> BigInt,
    }
}

diesel::table! {
    spend_days (organization_id, month, face, value) {
        organization_id -> Text,
        month -> Date,
        face -> Text,
        value -> Text,
        days -> Text,
        gaps -> Text,
    }
}

diesel::table! {
    spend_outlook (organization_id, face, value) {
        organization_id -> Text,
        face -> Text,
        value -> Text,
        month -> Date,
        to_come -> BigInt,
        next_month -> BigInt,
        numbers -> BigInt,
    }
}

diesel::table! {
    said_once (organization_id, about) {
        organization_id -> Text,
        about -> Text,
        said_at -> Timestamp,
    }
}

diesel::table! {
    letter_refusal (organization_id, person_id) {
        organization_id -> Text,
        person_id -> Text,
        refused_at -> Timestamp,
    }
}

diesel::table! {
    fee (id) {
        id -> Text,
        organization_id -> Text,
        day -> Date,
        kind -> Text,
        amount -> BigInt,
        note -> Text,
        entered_by -> Text,
        entered_at -> Timestamp,
        voided_by -> Nullable<Text>,
        voided_at -> Nullable<Timestamp>,
        void_note -> Nullable<Text>,
    }
}

diesel::table! {
    planned_release (id) {
        id -> Text,
        organization_id -> Text,
        number_id -> Text,
        release_on -> Date,
        renews_on -> Date,
        messaging_service_id -> Nullable<Text>,
        service_sid -> Nullable<Text>,
        asked_by -> Text,
        asked_at -> Timestamp,
        status -> Text,
        words -> Nullable<Text>,
        release_id -> Nullable<Text>,
        settled_by -> Nullable<Text>,
        settled_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    usage_record (organization_id, service, carrier_account, day, category) {
        organization_id -> Text,
        service -> Text,
        carrier_account -> Text,
        day -> Date,
        category -> Text,
        count -> BigInt,
        amount -> BigInt,
        read_at -> Timestamp,
    }
}

diesel::table! {
    usage_reading (organization_id, service, carrier_account) {
        organization_id -> Text,
        service -> Text,
        carrier_account -> Text,
        first_day -> Nullable<Date>,
        last_day -> Nullable<Date>,
        read_at -> Nullable<Timestamp>,
        refused_at -> Nullable<Timestamp>,
        refused_words -> Nullable<Text>,
    }
}

diesel::table! {
    campaign_rule (campaign_id, kind, place) {
        campaign_id -> Text,
        kind -> Text,
        place -> Text,
        organization_id -> Text,
        position -> BigInt,
    }
}

diesel::table! {
    price_change (id) {
        id -> Text,
        organization_id -> Text,
        service -> Text,
        carrier_account -> Text,
        kind -> Text,
        first_day -> Date,
        price_before -> BigInt,
        price_after -> BigInt,
        numbers -> BigInt,
        corrected -> BigInt,
        seen_at -> Timestamp,
    }
}

diesel::table! {
    price_check (organization_id, service, carrier_account) {
        organization_id -> Text,
        service -> Text,
        carrier_account -> Text,
        currency -> Nullable<Text>,
        checked_on -> Nullable<Date>,
        local_price -> Nullable<BigInt>,
        toll_free_price -> Nullable<BigInt>,
        refused_at -> Nullable<Timestamp>,
        refused_words -> Nullable<Text>,
    }
}

diesel::table! {
    start_forecast (campaign_id) {
        campaign_id -> Text,
        organization_id -> Text,
        at -> Timestamp,
        wanted -> BigInt,
        owned -> BigInt,
        to_buy -> BigInt,
        price -> Nullable<BigInt>,
    }
}

diesel::joinable!(carrier_connection -> organization (organization_id));
diesel::joinable!(membership -> organization (organization_id));
diesel::joinable!(membership -> person (person_id));
diesel::joinable!(user_session -> person (person_id));
diesel::joinable!(api_token -> person (made_by));
diesel::joinable!(invitation -> organization (organization_id));
diesel::joinable!(invitation -> person (invited_by));
diesel::joinable!(password_reset -> person (person_id));
diesel::joinable!(second_step -> person (person_id));
diesel::joinable!(recovery_code -> second_step (person_id));
diesel::joinable!(activity -> organization (organization_id));
diesel::joinable!(activity -> person (person_id));
diesel::joinable!(job_request -> organization (organization_id));
diesel::joinable!(mail_message -> organization (organization_id));
diesel::joinable!(messaging_service -> organization (organization_id));
diesel::joinable!(campaign -> organization (organization_id));
diesel::joinable!(campaign -> messaging_service (messaging_service_id));
diesel::joinable!(campaign -> person (created_by));
diesel::joinable!(campaign_plan -> campaign (campaign_id));
diesel::joinable!(campaign_rule -> campaign (campaign_id));
diesel::joinable!(campaign_need -> campaign (campaign_id));
diesel::joinable!(campaign_reject -> campaign (campaign_id));
diesel::joinable!(purchase_order -> organization (organization_id));
diesel::joinable!(purchase_order -> person (placed_by));
diesel::joinable!(purchase_order -> campaign (campaign_id));
diesel::joinable!(order_fallback -> purchase_order (order_id));
diesel::joinable!(order_line -> purchase_order (order_id));
diesel::joinable!(order_candidate -> order_line (line_id));
diesel::joinable!(order_candidate -> purchase_order (order_id));
diesel::joinable!(owned_phone_number -> organization (organization_id));
diesel::joinable!(owned_phone_number -> purchase_order (order_id));
diesel::joinable!(owned_phone_number -> campaign (campaign_id));
diesel::joinable!(owned_phone_number -> messaging_service (messaging_service_id));
diesel::joinable!(number_count -> organization (organization_id));
diesel::joinable!(number_event -> organization (organization_id));
diesel::joinable!(number_digits -> owned_phone_number (number_id));
diesel::joinable!(number_event -> owned_phone_number (number_id));
diesel::joinable!(number_event -> person (person_id));
diesel::joinable!(number_event -> campaign (campaign_id));
diesel::joinable!(number_event -> purchase_order (order_id));
diesel::joinable!(charge -> organization (organization_id));
diesel::joinable!(charge -> owned_phone_number (number_id));
diesel::joinable!(assignment -> organization (organization_id));
diesel::joinable!(assignment -> owned_phone_number (number_id));
diesel::joinable!(assignment -> campaign (campaign_id));
diesel::joinable!(release_line -> release_request (release_id));
diesel::joinable!(release_line -> owned_phone_number (number_id));
diesel::joinable!(fee -> organization (organization_id));
diesel::joinable!(planned_release -> organization (organization_id));
diesel::joinable!(planned_release -> owned_phone_number (number_id));
diesel::joinable!(sync_run -> organization (organization_id));
diesel::joinable!(sync_seen -> sync_run (run_id));
diesel::joinable!(sync_pool -> sync_run (run_id));
diesel::joinable!(sync_difference -> sync_run (run_id));
diesel::joinable!(voice_line -> voice_request (voice_id));
diesel::joinable!(voice_line -> owned_phone_number (number_id));
diesel::joinable!(service_look -> organization (organization_id));
diesel::joinable!(seen_service -> organization (organization_id));
diesel::joinable!(purchase_order -> messaging_service (messaging_service_id));
diesel::joinable!(service_move -> organization (organization_id));
diesel::joinable!(service_move -> purchase_order (order_id));
diesel::joinable!(service_move_line -> service_move (move_id));
diesel::joinable!(service_move_line -> owned_phone_number (number_id));
diesel::joinable!(number_request -> campaign (campaign_id));
diesel::joinable!(number_request_line -> number_request (request_id));
diesel::joinable!(give_back_line -> give_back (give_back_id));
diesel::allow_tables_to_appear_in_same_query!(
    sync_run,
    sync_seen,
    sync_pool,
    sync_difference,
    sync_ignored,
    person,
    organization,
    carrier_connection,
    membership,
    user_session,
    api_token,
    invitation,
    password_reset,
    second_step,
    recovery_code,
    setup_token,
    mail_message,
    sign_in_limit,
    activity,
    job_request,
    messaging_service,
    campaign,
    campaign_plan,
    campaign_rule,
    campaign_need,
    campaign_reject,
    purchase_order,
    order_fallback,
    order_line,
    order_candidate,
    owned_phone_number,
    number_count,
    number_digits,
    number_event,
    charge,
    assignment,
    month_touched,
    spend_month,
    spend_part,
    spend_cell,
    spend_days,
    spend_outlook,
    release_request,
    release_line,
    voice_request,
    voice_line,
    service_look,
    seen_service,
    seen_member,
    service_move,
    service_move_line,
    number_request,
    number_request_line,
    approval_limit,
    release_ask,
    give_back,
    give_back_line,
    said_once,
    letter_refusal,
    fee,
    planned_release,
    usage_record,
    usage_reading,
    price_change,
    price_check,
    start_forecast,
);

// What is charged is grouped by what was charged for.
diesel::allow_columns_to_appear_in_same_group_by_clause!(charge::period_start, owned_phone_number::kind);
diesel::allow_columns_to_appear_in_same_group_by_clause!(charge::basis, owned_phone_number::kind);
