-- The idle numbers that renew soon, which every inventory page names: without it finding none reads them all.
CREATE INDEX owned_phone_number_idle_renewals ON owned_phone_number (organization_id, renews_on, monthly_price)
    WHERE campaign_id IS NULL AND messaging_service_id IS NULL AND resting_until IS NULL
        AND leaving_at IS NULL AND lost_at IS NULL AND released_at IS NULL;
