-- What lies on each shelf on every day, from its first movement to the newest day of any shelf:
-- on a day without movements, what the last one left there.
WITH positions AS (
    SELECT *, lead(day) OVER (PARTITION BY sku, warehouse_id ORDER BY day) AS next_day
    FROM supply.gold.inventory_position
),
newest AS (SELECT max(day) AS day FROM positions),
filled AS (
    SELECT
        unnest(generate_series(day, coalesce(next_day - 1, (SELECT day FROM newest)), INTERVAL 1 DAY))::DATE AS on_day,
        *
    FROM positions
)
SELECT
    on_day AS day,
    sku,
    warehouse_id,
    CASE WHEN on_day = day THEN opening ELSE closing END AS opening,
    CASE WHEN on_day = day THEN receipts ELSE 0 END AS receipts,
    CASE WHEN on_day = day THEN shipments ELSE 0 END AS shipments,
    CASE WHEN on_day = day THEN returns ELSE 0 END AS returns,
    CASE WHEN on_day = day THEN adjustments ELSE 0 END AS adjustments,
    closing
FROM filled
