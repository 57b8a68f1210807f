-- Silver of the web orders, their lines and quarantine.
CREATE TABLE judged_orders AS
WITH typed AS (
  SELECT b.* EXCLUDE (placed_at, updated_at, status, currency, country, channel, items),
         b.placed_at AS placed_text, instant(b.placed_at) AS placed_at, b.updated_at AS updated_text,
         instant(b.updated_at) AS updated_at, b.status AS status_text, b.currency AS currency_text,
         b.country AS country_text, b.channel AS channel_text, b.items AS items_text,
         CASE WHEN lower(b.status) IN ('placed', 'paid', 'shipped', 'delivered', 'cancelled', 'returned')
              THEN lower(b.status) END AS status,
         CASE WHEN regexp_full_match(upper(b.currency), '[A-Z]{3}') THEN upper(b.currency) END AS currency,
         CASE WHEN regexp_full_match(upper(b.country), '[A-Z]{2}') THEN upper(b.country) END AS country,
         CASE WHEN lower(b.channel) IN ('web', 'app', 'marketplace') THEN lower(b.channel) END AS channel,
         try_cast(try_cast(b.items AS JSON) AS STRUCT(line_no BIGINT, sku VARCHAR, quantity BIGINT,
           unit_price DECIMAL(18, 4), discount DECIMAL(18, 4))[]) AS item_list
  FROM read_parquet('$out/bronze/orders/*/*.parquet', hive_partitioning = true) b
), valued AS (
  SELECT *, CASE WHEN len(item_list) > 0
        AND len(list_filter(item_list, lambda i: i.line_no IS NULL OR i.sku IS NULL OR i.quantity IS NULL
              OR i.unit_price IS NULL OR i.quantity < 1 OR i.unit_price < 0 OR i.discount < 0
              OR i.discount > i.quantity * i.unit_price)) = 0
        AND len(list_distinct(list_transform(item_list, lambda i: i.line_no))) = len(item_list)
      THEN item_list END AS items,
      CASE WHEN placed_at IS NOT NULL THEN CAST(substr(placed_text, 1, 10) AS DATE) END AS business_day
  FROM typed
), dated AS (
  SELECT *, business_day >= DATE '2000-01-01' AND business_day <= _landed_on + 1 AS in_time,
         updated_at <= CAST(_landed_on + 2 AS TIMESTAMP) AT TIME ZONE 'UTC' AS by_a_right_clock
  FROM valued
)
SELECT *, CASE WHEN in_time THEN business_day ELSE _landed_on END AS day,
       CASE WHEN NOT is_readable THEN ['record_is_readable'] ELSE broken([
         present(order_id, 'order_id'), present(customer_id, 'customer_id'),
         present(placed_text, 'placed_at'), present(updated_text, 'updated_at'),
         present(status_text, 'status'), present(currency_text, 'currency'),
         present(country_text, 'country'), present(channel_text, 'channel'), present(items_text, 'items'),
         CASE WHEN placed_text IS NOT NULL AND NOT coalesce(in_time, false) THEN 'placed_at_is_valid' END,
         CASE WHEN updated_text IS NOT NULL AND NOT coalesce(by_a_right_clock, false) THEN 'updated_at_is_valid' END,
         valid(status_text, status, 'status'), valid(currency_text, currency, 'currency'),
         valid(country_text, country, 'country'), valid(channel_text, channel, 'channel'),
         valid(items_text, items, 'items')]) END AS rules
FROM dated;

COPY (SELECT day, rules, line AS record, _file, _row, _landed_on FROM judged_orders WHERE len(rules) > 0)
TO '$out/quarantine/orders' (FORMAT parquet, PARTITION_BY (day));

CREATE TABLE orders AS
SELECT day, order_id, customer_id, placed_at, updated_at, status, currency, country, channel,
       shipping_city, shipping_country, payment_method, _file, _row, items
FROM judged_orders WHERE len(rules) = 0
QUALIFY row_number() OVER (PARTITION BY order_id
  ORDER BY updated_at DESC, _landed_on DESC, _file DESC, _row DESC) = 1;
COPY (SELECT * EXCLUDE (items) FROM orders) TO '$out/silver/orders' (FORMAT parquet, PARTITION_BY (day));
COPY (
SELECT day, coalesce(accepted, 0) AS accepted, received, quarantined, received - quarantined - coalesce(accepted, 0) AS duplicates
FROM (SELECT day, count(*) AS received, count(*) FILTER (len(rules) > 0) AS quarantined FROM judged_orders GROUP BY day)
LEFT JOIN (SELECT day, count(*) AS accepted FROM orders GROUP BY day) USING (day)
) TO '$out/accounts_orders.parquet';

CREATE TABLE order_lines AS
SELECT day, order_id, item.line_no, item.sku, item.quantity, item.unit_price,
       coalesce(item.discount, 0) AS discount, currency, status, country, channel
FROM (SELECT * EXCLUDE (items), unnest(items) AS item FROM orders);
COPY order_lines TO '$out/silver/order_lines' (FORMAT parquet, PARTITION_BY (day));

