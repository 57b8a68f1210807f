-- Gold: hours of the machines, how well they were used, what was sold.
CREATE TABLE machine_hourly AS
WITH held AS (
  SELECT *, least(coalesce(epoch_us(lead(ts) OVER by_time) - epoch_us(ts), 0), 60000000) / 1e6 AS held_s,
         lag(cycle_count IGNORE NULLS) OVER by_time AS cycles_before
  FROM read_parquet('$out/silver/machine_readings/*/*.parquet', hive_partitioning = true)
  WINDOW by_time AS (PARTITION BY day, machine_id ORDER BY ts, event_id)
)
SELECT machine_id, day, hour, count(*) AS readings,
       avg(temperature_c) AS temperature_c_mean, min(temperature_c) AS temperature_c_min,
       max(temperature_c) AS temperature_c_max, quantile_cont(temperature_c, 0.95) AS temperature_c_p95,
       avg(vibration_mm_s) AS vibration_mm_s_mean, min(vibration_mm_s) AS vibration_mm_s_min,
       max(vibration_mm_s) AS vibration_mm_s_max, quantile_cont(vibration_mm_s, 0.95) AS vibration_mm_s_p95,
       sum(coalesce(power_kw, 0) * held_s) / 3600 AS energy_kwh,
       coalesce(sum(held_s) FILTER (status = 'producing'), 0) AS producing_s,
       coalesce(sum(held_s) FILTER (status = 'setup'), 0) AS setup_s,
       coalesce(sum(held_s) FILTER (status = 'idle'), 0) AS idle_s,
       coalesce(sum(held_s) FILTER (status = 'down'), 0) AS down_s,
       coalesce(sum(held_s) FILTER (status = 'off'), 0) AS off_s,
       coalesce(sum(CASE WHEN cycle_count < cycles_before THEN cycle_count ELSE cycle_count - cycles_before END), 0)::BIGINT AS cycles
FROM held GROUP BY machine_id, day, hour;
COPY machine_hourly TO '$out/gold/machine_hourly' (FORMAT parquet, PARTITION_BY (day));

CREATE TABLE oee_daily AS
WITH reached AS (  -- the days of its factory's clock that a shift reaches
  SELECT factory_id, time_zone, unnest(range(CAST(timezone(time_zone, starts_at) AS DATE),
      CAST(timezone(time_zone, ends_at - INTERVAL 1 MICROSECOND) AS DATE) + INTERVAL 1 DAY, INTERVAL 1 DAY))::DATE AS day,
      starts_at, ends_at
  FROM shifts JOIN factories USING (factory_id)
), bounded AS (
  SELECT factory_id, day, timezone(time_zone, day::TIMESTAMP) AS begins,
         timezone(time_zone, day::TIMESTAMP + INTERVAL 1 DAY) AS ends, starts_at, ends_at
  FROM reached
), planned AS (
  SELECT DISTINCT machine_id, m.factory_id, day, begins, ends
  FROM bounded b JOIN machines m ON m.factory_id = b.factory_id AND b.day >= m.commissioned_on
), steps AS (
  SELECT machine_id, p.day, greatest(starts_at, p.begins) AS moment, 1 AS shifts, 0 AS stops
  FROM planned p JOIN bounded b USING (factory_id, day)
  UNION ALL SELECT machine_id, p.day, least(ends_at, p.ends), -1, 0
  FROM planned p JOIN bounded b USING (factory_id, day)
  UNION ALL SELECT p.machine_id, p.day, greatest(started_at, begins), 0, 1
  FROM planned p JOIN downtimes d ON d.machine_id = p.machine_id AND kind = 'planned'
   AND started_at < ends AND coalesce(ended_at, ends) > begins
  UNION ALL SELECT p.machine_id, p.day, least(coalesce(ended_at, ends), ends), 0, -1
  FROM planned p JOIN downtimes d ON d.machine_id = p.machine_id AND kind = 'planned'
   AND started_at < ends AND coalesce(ended_at, ends) > begins
), running AS (
  SELECT machine_id, day, epoch_us(lead(moment) OVER w) - epoch_us(moment) AS lasts_us,
         sum(shifts) OVER w AS shifts, sum(stops) OVER w AS stops
  FROM steps WINDOW w AS (PARTITION BY machine_id, day ORDER BY moment ROWS UNBOUNDED PRECEDING)
), busy AS (
  SELECT machine_id, day, coalesce(sum(lasts_us) FILTER (shifts > 0 AND stops = 0), 0) / 1e6 AS pbt_s
  FROM running GROUP BY machine_id, day
), spent AS (
  SELECT machine_id, day, sum(producing_s) AS apt_s, sum(setup_s) AS asut_s, sum(down_s) AS adet_s
  FROM machine_hourly GROUP BY machine_id, day
), made AS (
  SELECT machine_id, CAST(timezone(time_zone, ended_at) AS DATE) AS day,
         sum(produced_quantity)::BIGINT AS produced_quantity, sum(good_quantity)::BIGINT AS good_quantity,
         sum(scrap_quantity)::BIGINT AS scrap_quantity, sum(rework_quantity)::BIGINT AS rework_quantity,
         sum(planned_run_time_per_item_s * produced_quantity) AS planned_run_time_s
  FROM production_orders JOIN factories USING (factory_id) WHERE ended_at IS NOT NULL
  GROUP BY ALL
), elements AS (
  SELECT p.factory_id, machine_id, day, pbt_s, coalesce(apt_s, 0) AS apt_s, coalesce(asut_s, 0) AS asut_s,
         coalesce(adet_s, 0) AS adet_s, coalesce(produced_quantity, 0) AS produced_quantity,
         coalesce(good_quantity, 0) AS good_quantity, coalesce(scrap_quantity, 0) AS scrap_quantity,
         coalesce(rework_quantity, 0) AS rework_quantity, coalesce(planned_run_time_s, 0) AS planned_run_time_s
  FROM planned p JOIN busy USING (machine_id, day) LEFT JOIN spent USING (machine_id, day)
  LEFT JOIN made USING (machine_id, day)
)
SELECT *, apt_s / nullif(pbt_s, 0) AS availability, planned_run_time_s / nullif(apt_s, 0) AS effectiveness,
       good_quantity / nullif(produced_quantity, 0) AS quality_ratio,
       availability * effectiveness * quality_ratio AS oee,
       scrap_quantity / nullif(produced_quantity, 0) AS scrap_ratio,
       apt_s / nullif(apt_s + asut_s + adet_s, 0) AS utilization_efficiency,
       apt_s / nullif(apt_s + adet_s, 0) AS technical_efficiency
FROM elements;
COPY oee_daily TO '$out/gold/oee_daily' (FORMAT parquet, PARTITION_BY (day));

CREATE TABLE daily_sales AS
WITH rated AS (
  SELECT l.*, CASE WHEN l.currency = 'EUR' THEN 1.0 ELSE r.units_per_eur END AS rate
  FROM order_lines l ASOF LEFT JOIN exchange_rates r ON l.currency = r.currency AND l.day >= r.day
  WHERE status <> 'cancelled'
), euros AS (
  SELECT *, CAST(quantity * unit_price AS DOUBLE) / rate AS gross_eur, CAST(discount AS DOUBLE) / rate AS discount_eur,
         CAST(quantity * unit_price - discount AS DOUBLE) / rate AS net_eur
  FROM rated
), sums AS (
  SELECT day, sku, country, channel, count(DISTINCT order_id) AS orders, sum(quantity)::BIGINT AS units,
         CASE WHEN count(rate) = count(*) THEN sum(gross_eur) END AS gross,
         CASE WHEN count(rate) = count(*) THEN sum(discount_eur) END AS discounts,
         CASE WHEN count(rate) = count(*) THEN coalesce(sum(net_eur) FILTER (status = 'returned'), 0) END AS returns
  FROM euros GROUP BY ALL
)
SELECT day, sku, country, channel, orders, units, round_even(gross, 4)::DECIMAL(18, 4) AS gross_sales_eur,
       round_even(discounts, 4)::DECIMAL(18, 4) AS discounts_eur, round_even(returns, 4)::DECIMAL(18, 4) AS returns_eur,
       round_even(gross - discounts - returns, 4)::DECIMAL(18, 4) AS net_sales_eur
FROM sums;
COPY daily_sales TO '$out/gold/daily_sales' (FORMAT parquet, PARTITION_BY (day));
