-- Each order of the web shops that left the warehouses, on the day on which it was placed: when the last of its pieces left.
WITH left_at AS (
    SELECT order_id, max(moved_at) AS shipped_at, sum(-quantity)::BIGINT AS pieces
    FROM supply.silver.stock_movements
    WHERE kind = 'shipment' AND order_id IS NOT NULL
    GROUP BY order_id
)
SELECT
    placed.day,
    placed.order_id,
    placed.country,
    placed.channel,
    placed.placed_at,
    left_at.shipped_at,
    left_at.pieces,
    left_at.shipped_at <= placed.placed_at + INTERVAL 48 HOUR AS is_on_time
FROM commerce.silver.orders AS placed
JOIN left_at USING (order_id)
WHERE placed.status <> 'cancelled'
