-- The indicators once more, written from their meaning and without the platform's code; for tests only.
-- One statement per indicator, separated by lines "-- code"; :a and :z are the first instant and the first after.
-- Each answers numerator and denominator.
-- claim_rate
SELECT SUM(CASE WHEN claimed_at IS NULL THEN 0 ELSE 1 END), COUNT(*) FROM duty
WHERE pushed_at >= :a AND pushed_at < :z AND state <> 'superseded' AND state <> 'withdrawn'
-- return_rate
SELECT COUNT(returned_at), COUNT(*) FROM duty
WHERE pushed_at >= :a AND pushed_at < :z AND state NOT IN ('withdrawn', 'superseded')
-- unclaimed
SELECT SUM(CASE WHEN state = 'pushed' THEN 1 ELSE 0 END), COUNT(*) FROM duty
WHERE pushed_at >= :a AND pushed_at < :z AND state NOT IN ('withdrawn', 'superseded')
-- claim_timely
SELECT SUM(CASE WHEN d.claimed_at IS NOT NULL AND NOT d.is_late THEN 1 ELSE 0 END), COUNT(*) FROM duty d
WHERE d.pushed_at >= :a AND d.pushed_at < :z AND d.state NOT IN ('withdrawn', 'superseded')
  AND (d.claimed_at IS NOT NULL OR (d.returned_at IS NULL AND (SELECT MAX(r.due_at) FROM running_limit r
       WHERE r.limit_name = 'claim' AND r.instance_id = d.instance_id AND r.unit = d.unit) <= :now))
-- feedback_rate
SELECT COUNT(fed_back_at), COUNT(*) FROM duty WHERE claimed_at >= :a AND claimed_at < :z
-- push_timely
SELECT SUM(CASE WHEN first_push < day_after THEN 1 ELSE 0 END), COUNT(*) FROM (
  SELECT a.id, MIN(d.pushed_at) AS first_push, :push_due AS day_after FROM approval a
  LEFT JOIN duty d ON d.approval_id = a.id WHERE a.decided_at >= :a AND a.decided_at < :z GROUP BY a.id) AS pushes
WHERE first_push IS NOT NULL OR day_after <= :now
-- item_claim
SELECT SUM(CASE WHEN i.status = '已确认' THEN 1 ELSE 0 END), COUNT(*)
FROM item i JOIN item_assignment s ON s.item_code = i.code
JOIN unit u ON CAST(s.supervising_units AS TEXT) LIKE '%"' || u.code || '"%'
  OR (CAST(s.supervising_units AS TEXT) LIKE '%{district}%' AND u.kind = 'natural_resources' AND u.level = 'district')
WHERE i.valid_to IS NULL AND s.valid_to IS NULL
-- check_coverage
SELECT SUM(CASE WHEN EXISTS (SELECT 1 FROM supervision_act x WHERE x.item_code = i.code AND x.unit = u.code
    AND x.kind = 'inspection' AND x.happened_at >= :a AND x.happened_at < :z AND CAST(x.officers AS TEXT) <> '[]'
    AND (SELECT COUNT(*) FROM evidence_file f WHERE f.owner_id = x.source_id) > 0) THEN 1 ELSE 0 END), COUNT(*)
FROM item i JOIN item_assignment s ON s.item_code = i.code
JOIN unit u ON CAST(s.supervising_units AS TEXT) LIKE '%"' || u.code || '"%'
  OR (CAST(s.supervising_units AS TEXT) LIKE '%{district}%' AND u.kind = 'natural_resources' AND u.level = 'district')
WHERE i.valid_to IS NULL AND s.valid_to IS NULL
-- act_coverage
SELECT COUNT(DISTINCT x.item_code || '/' || x.unit), (SELECT COUNT(*)
    FROM item_assignment s JOIN unit u ON CAST(s.supervising_units AS TEXT) LIKE '%"' || u.code || '"%'
    OR (CAST(s.supervising_units AS TEXT) LIKE '%{district}%' AND u.kind = 'natural_resources'
        AND u.level = 'district') WHERE s.valid_to IS NULL)
FROM supervision_act x WHERE x.happened_at >= :a AND x.happened_at < :z AND CAST(x.officers AS TEXT) <> '[]'
  AND (x.kind <> 'inspection' OR x.source_id IN (SELECT owner_id FROM evidence_file))
  AND x.unit IN ('NR-SZ', 'NR-XC') AND x.item_code IN ('ZR023', 'ZR026')
-- acts_proven
SELECT SUM(CASE WHEN CAST(officers AS TEXT) <> '[]' AND (kind <> 'inspection' OR source_id IN
    (SELECT owner_id FROM evidence_file)) THEN 1 ELSE 0 END), COUNT(*)
FROM supervision_act WHERE happened_at >= :a AND happened_at < :z
-- officers_registered
SELECT SUM(CASE WHEN o.is_active THEN 1 ELSE 0 END), COUNT(*) FROM officer_certificate c JOIN officer o ON o.login = c.login
WHERE c.revoked_on IS NULL AND c.issued_on <= :today AND c.expires_on >= :today
-- copy_signed
SELECT COUNT(acknowledged_at), COUNT(*) FROM copy WHERE sent_at >= :a AND sent_at < :z
-- transfer_accepted
SELECT COUNT(accepted_at), COUNT(*) FROM transfer WHERE sent_at >= :a AND sent_at < :z AND receiver_unit IS NOT NULL
-- order_replied
SELECT SUM(CASE WHEN ended_at IS NOT NULL AND NOT is_late THEN 1 ELSE 0 END), COUNT(*) FROM running_limit
WHERE limit_name = 'order_reply' AND anchor_at >= :a AND anchor_at < :z AND (ended_at IS NOT NULL OR due_at <= :now)
-- clock_warned
SELECT SUM(CASE WHEN is_late OR warn_at <= COALESCE(ended_at, :now) THEN 1 ELSE 0 END), COUNT(*) FROM running_limit
WHERE NOT is_waiting AND anchor_at >= :a AND anchor_at < :z
-- credit_hidden
SELECT SUM(CASE WHEN is_backfill OR (sent_at IS NULL AND due_at <= :now) THEN 1 ELSE 0 END), COUNT(*) FROM credit_entry
WHERE decided_at >= :a AND decided_at < :z AND state <> 'exempt' AND (sent_at IS NOT NULL OR due_at <= :now)
