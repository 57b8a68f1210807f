-- Silver: typed, judged, of each key one record.
CREATE MACRO number(t, low, high) AS
  CASE WHEN try_cast(t AS DOUBLE) BETWEEN low AND high THEN try_cast(t AS DOUBLE) END;
CREATE MACRO instant(t) AS
  CASE WHEN regexp_full_match(t, '\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)? ?(Z|[+-]\d\d(:?\d\d)?)')
       THEN try_cast(t AS TIMESTAMPTZ) END;
CREATE MACRO present(t, name) AS CASE WHEN t IS NULL THEN name || '_is_present' END;
CREATE MACRO valid(t, value, name) AS
  CASE WHEN t IS NOT NULL AND value IS NULL THEN name || '_is_valid' END;
CREATE MACRO broken(rules) AS list_sort(list_filter(rules, lambda rule: rule IS NOT NULL));

CREATE TABLE judged_readings AS
WITH typed AS (
  SELECT b.* EXCLUDE (ts, temperature_c, vibration_mm_s, power_kw, cycle_count, status),
         b.ts AS ts_text, instant(b.ts) AS ts, b.temperature_c AS temperature_text,
         number(b.temperature_c, -40, 250) AS temperature_c, b.vibration_mm_s AS vibration_text,
         number(b.vibration_mm_s, 0, 200) AS vibration_mm_s, b.power_kw AS power_text,
         number(b.power_kw, 0, 1000) AS power_kw, b.cycle_count AS cycle_text,
         CASE WHEN try_cast(b.cycle_count AS BIGINT) >= 0 THEN try_cast(b.cycle_count AS BIGINT) END AS cycle_count,
         b.status AS status_text,
         CASE WHEN lower(b.status) IN ('producing', 'setup', 'idle', 'down', 'off') THEN lower(b.status) END AS status,
         f.time_zone, m.machine_id AS known_machine_id
  FROM read_parquet('$out/bronze/machine_telemetry/*/*.parquet', hive_partitioning = true) b
  LEFT JOIN factories f USING (factory_id) LEFT JOIN machines m USING (machine_id)
), placed AS (
  SELECT *, CASE WHEN time_zone IS NULL THEN CAST(substr(ts_text, 1, 19) AS TIMESTAMP)
                 ELSE timezone(time_zone, ts) END AS local_ts
  FROM typed
), dated AS (
  SELECT *, CAST(local_ts AS DATE) AS business_day,
         _landed_on BETWEEN CAST(local_ts AS DATE) - 1 AND CAST(local_ts AS DATE) + 3 AS in_time
  FROM placed
)
SELECT *, CASE WHEN in_time THEN business_day ELSE _landed_on END AS day,
       CASE WHEN NOT is_readable THEN ['record_is_readable'] ELSE broken([
         present(event_id, 'event_id'), present(factory_id, 'factory_id'),
         present(machine_id, 'machine_id'), present(ts_text, 'ts'), present(status_text, 'status'),
         CASE WHEN length(event_id) NOT BETWEEN 1 AND 64 THEN 'event_id_is_valid' END,
         CASE WHEN factory_id IS NOT NULL AND time_zone IS NULL THEN 'factory_id_is_known' END,
         CASE WHEN machine_id IS NOT NULL AND known_machine_id IS NULL THEN 'machine_id_is_known' END,
         valid(ts_text, ts, 'ts'), valid(temperature_text, temperature_c, 'temperature_c'),
         valid(vibration_text, vibration_mm_s, 'vibration_mm_s'), valid(power_text, power_kw, 'power_kw'),
         valid(cycle_text, cycle_count, 'cycle_count'), valid(status_text, status, 'status'),
         CASE WHEN NOT in_time THEN 'landed_within_window' END]) END AS rules
FROM dated;

COPY (SELECT day, rules, line AS record, _file, _row, _landed_on FROM judged_readings WHERE len(rules) > 0)
TO '$out/quarantine/machine_readings' (FORMAT parquet, PARTITION_BY (day));

COPY (
  SELECT day, event_id, factory_id, machine_id, ts, hour(local_ts) AS hour, temperature_c,
         vibration_mm_s, power_kw, cycle_count, status, _landed_on
  FROM judged_readings WHERE len(rules) = 0
  QUALIFY row_number() OVER (PARTITION BY day, event_id ORDER BY _landed_on DESC, _file DESC, _row DESC) = 1
) TO '$out/silver/machine_readings' (FORMAT parquet, PARTITION_BY (day));

COPY (
SELECT day, count(*) AS received, count(DISTINCT event_id) FILTER (len(rules) = 0) AS accepted,
       count(*) FILTER (len(rules) > 0) AS quarantined, received - accepted - quarantined AS duplicates
FROM judged_readings GROUP BY day
) TO '$out/accounts_machine_readings.parquet';
DROP TABLE judged_readings;

