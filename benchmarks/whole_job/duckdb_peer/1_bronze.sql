-- A careful engineer's script: landing files to bronze, silver, quarantine and gold as Parquet.
-- $landing and $out are put in by __main__.py.

CREATE MACRO landed(file) AS CAST(regexp_extract(file, '/(\d{4}-\d\d-\d\d)/[^/]*$', 1) AS DATE);
CREATE MACRO below(file) AS substr(file, length('$landing') + 2);

-- The registers: few rows, newest version of each key.
CREATE TABLE factories AS
SELECT * FROM read_csv('$landing/manufacturing/factories/*/*.csv')
QUALIFY row_number() OVER (PARTITION BY factory_id ORDER BY updated_at DESC) = 1;
CREATE TABLE machines AS
SELECT * FROM read_csv('$landing/manufacturing/machines/*/*.csv')
QUALIFY row_number() OVER (PARTITION BY machine_id ORDER BY updated_at DESC) = 1;
CREATE TABLE shifts AS
SELECT * FROM read_csv('$landing/manufacturing/shifts/*/*.csv')
QUALIFY row_number() OVER (PARTITION BY factory_id, day, shift ORDER BY updated_at DESC) = 1;
CREATE TABLE downtimes AS
SELECT * FROM read_csv('$landing/manufacturing/downtimes/*/*.csv')
QUALIFY row_number() OVER (PARTITION BY downtime_id ORDER BY updated_at DESC) = 1;
CREATE TABLE production_orders AS
SELECT * FROM read_csv('$landing/manufacturing/production_orders/*/*.csv')
QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC) = 1;
CREATE TABLE exchange_rates AS
SELECT * FROM read_csv('$landing/finance/exchange_rates/*/*.csv')
QUALIFY row_number() OVER (PARTITION BY day, currency ORDER BY updated_at DESC) = 1;

-- Bronze: each record as it was sent, and its fields as texts.
CREATE MACRO lines(files) AS TABLE
SELECT line, below(filename) AS _file, landed(filename) AS _landed_on,
       row_number() OVER () AS _at, json_valid(line) AND line[1] = '{' AS is_readable
FROM read_csv(files, columns = {'line': 'VARCHAR'}, header = false, delim = '\x01', quote = '',
              escape = '', filename = true, strict_mode = false, max_line_size = 67108864);

COPY (
  SELECT * EXCLUDE (found, _at), _at - min(_at) OVER (PARTITION BY _file) AS _row,
         found[1] AS event_id, found[2] AS factory_id, found[3] AS machine_id, found[4] AS ts,
         found[5] AS temperature_c, found[6] AS vibration_mm_s, found[7] AS power_kw,
         found[8] AS cycle_count, found[9] AS status
  FROM (SELECT *, CASE WHEN is_readable THEN json_extract_string(line,
          ['$.event_id', '$.factory_id', '$.machine_id', '$.ts', '$.temperature_c',
           '$.vibration_mm_s', '$.power_kw', '$.cycle_count', '$.status']) END AS found
        FROM lines('$landing/manufacturing/machine_telemetry/*/*.ndjson'))
) TO '$out/bronze/machine_telemetry' (FORMAT parquet, PARTITION_BY (_landed_on));

COPY (
  SELECT * EXCLUDE (found, _at), _at - min(_at) OVER (PARTITION BY _file) AS _row,
         found[1] AS order_id, found[2] AS customer_id, found[3] AS placed_at,
         found[4] AS updated_at, found[5] AS status, found[6] AS currency, found[7] AS country,
         found[8] AS channel, found[9] AS items, found[10] AS shipping_city,
         found[11] AS shipping_country, found[12] AS payment_method
  FROM (SELECT *, CASE WHEN is_readable THEN json_extract_string(line,
          ['$.order_id', '$.customer_id', '$.placed_at', '$.updated_at', '$.status', '$.currency',
           '$.country', '$.channel', '$.items', '$.shipping.city', '$.shipping.country',
           '$.payment.method']) END AS found
        FROM lines('$landing/commerce/orders/*/*.ndjson'))
) TO '$out/bronze/orders' (FORMAT parquet, PARTITION_BY (_landed_on));

