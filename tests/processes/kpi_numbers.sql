-- The indicators once more, written from their meaning and without the platform's code; for tests only.
-- One statement per indicator, separated by lines "-- code"; :a and :z are the first instant and the first after.
-- Each answers numerator and denominator. {proven} stands for the first part: an act x that counts.
-- proven
CAST(x.officers AS TEXT) NOT IN ('[]', 'null')
  AND (x.kind IN ('penalty', 'coercion') OR x.source_id IN (SELECT owner_id FROM evidence_file)
    OR x.source_id IN (SELECT inspection_id FROM inspection_record WHERE CAST(evidence AS TEXT) <> '[]'
      OR CAST(location AS TEXT) LIKE '%lat%')
    OR x.source_id IN (SELECT id FROM construction_check WHERE CAST(evidence AS TEXT) <> '[]')
    OR x.source_id IN (SELECT id FROM patrol WHERE CAST(evidence AS TEXT) <> '[]'))
  AND x.id NOT IN (SELECT act_id FROM act_audit WHERE is_false)
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
    AND x.kind = 'inspection' AND x.happened_at >= :a AND x.happened_at < :z AND {proven}) THEN 1 ELSE 0 END), COUNT(*)
FROM item i JOIN item_assignment s ON s.item_code = i.code
JOIN unit u ON CAST(s.supervising_units AS TEXT) LIKE '%"' || u.code || '"%'
  OR (CAST(s.supervising_units AS TEXT) LIKE '%{district}%' AND u.kind = 'natural_resources' AND u.level = 'district')
WHERE i.valid_to IS NULL AND s.valid_to IS NULL
-- act_coverage
SELECT COUNT(CASE WHEN (SELECT COUNT(*) FROM supervision_act x WHERE x.item_code = s.item_code AND x.unit = u.code
    AND x.happened_at >= :a AND x.happened_at < :z AND {proven}) > 0 THEN 1 END), COUNT(*)
FROM item_assignment s JOIN unit u ON CAST(s.supervising_units AS TEXT) LIKE '%"' || u.code || '"%'
  OR (CAST(s.supervising_units AS TEXT) LIKE '%{district}%' AND u.kind = 'natural_resources' AND u.level = 'district')
WHERE s.valid_to IS NULL
-- acts_proven
SELECT SUM(CASE WHEN {proven} THEN 1 ELSE 0 END), COUNT(*)
FROM supervision_act x WHERE x.happened_at >= :a AND x.happened_at < :z
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
-- list_made
SELECT SUM(CASE WHEN i.checks IS NOT NULL AND CAST(i.checks AS TEXT) NOT IN ('[]', '{}', 'null', '') THEN 1 ELSE 0 END),
  COUNT(*)
FROM item i JOIN item_assignment s ON s.item_code = i.code
JOIN unit u ON CAST(s.supervising_units AS TEXT) LIKE '["' || u.code || '"%'
  OR (CAST(s.supervising_units AS TEXT) LIKE '["{district}"%' AND u.kind = 'natural_resources' AND u.level = 'district')
WHERE i.valid_to IS NULL AND s.valid_to IS NULL
-- elements_filled
SELECT SUM(CASE WHEN i.basis <> '' THEN 1 ELSE 0 END + CASE WHEN i.object <> '' THEN 1 ELSE 0 END
    + CASE WHEN i.measure <> '' THEN 1 ELSE 0 END + CASE WHEN i.handling <> '' THEN 1 ELSE 0 END
    + CASE WHEN i.frequency <> '' THEN 1 ELSE 0 END + CASE WHEN i.level <> '' THEN 1 ELSE 0 END
    + CASE WHEN CAST(i.modes AS TEXT) NOT IN ('[]', 'null') THEN 1 ELSE 0 END
    + CASE WHEN CAST(i.checks AS TEXT) NOT IN ('[]', 'null') THEN 1 ELSE 0 END), 8 * COUNT(*)
FROM item i JOIN item_assignment s ON s.item_code = i.code
JOIN unit u ON CAST(s.supervising_units AS TEXT) LIKE '["' || u.code || '"%'
  OR (CAST(s.supervising_units AS TEXT) LIKE '["{district}"%' AND u.kind = 'natural_resources' AND u.level = 'district')
WHERE i.valid_to IS NULL AND s.valid_to IS NULL
-- elements_correct
SELECT COUNT(CASE WHEN r.outcome = 'refused' THEN NULL ELSE 1 END), COUNT(*)
FROM catalogue_batch b JOIN catalogue_row r ON r.batch_id = b.id WHERE b.created_at >= :a AND b.created_at < :z
-- random_coverage
SELECT COUNT(CASE WHEN kind = 'random' THEN 1 END), COUNT(*) FROM inspection
WHERE opened_at >= :a AND opened_at < :z AND kind <> 'special'
-- random_done
SELECT COUNT(CASE WHEN g.state = 'done' THEN 1 END), COUNT(*) FROM random_target g
WHERE g.state <> 'dropped' AND g.state <> 'superseded'
  AND g.task_id IN (SELECT id FROM random_task WHERE started_at >= :a AND started_at < :z)
-- random_published
SELECT SUM(CASE WHEN places > 0 AND late_places = 0 THEN 1 ELSE 0 END), COUNT(*) FROM (
  SELECT t.instance_id, COUNT(p.id) AS places, COALESCE(SUM(CASE WHEN p.is_late THEN 1 ELSE 0 END), 0) AS late_places
  FROM random_task t LEFT JOIN publication p ON p.about = t.id AND p.kind = 'random_result'
  WHERE t.inspected_at >= :a AND t.inspected_at < :z GROUP BY t.id, t.instance_id) AS tasks
WHERE places > 0 OR instance_id IN (
  SELECT instance_id FROM running_limit WHERE limit_name = 'random_publish' AND due_at <= :now)
-- key_coverage
SELECT COUNT(CASE WHEN checked_at IS NOT NULL AND missed_at IS NULL THEN 1 END), COUNT(*) FROM key_check
WHERE entry_id IS NOT NULL AND ends_at >= :a AND ends_at < :z AND (checked_at IS NOT NULL OR ends_at <= :now)
-- credit_late
SELECT COUNT(CASE WHEN sent_at >= due_at THEN 1 END), COUNT(sent_at) FROM credit_entry
WHERE decided_at >= :a AND decided_at < :z AND state <> 'exempt'
-- credit_valid
SELECT COUNT(CASE WHEN faults = 0 THEN accepted_at END), COUNT(*) FROM credit_entry
WHERE decided_at >= :a AND decided_at < :z AND state <> 'exempt' AND NOT (accepted_at IS NULL AND faults = 0)
-- complaint_handled
SELECT COUNT(replied_at), COUNT(*) FROM complaint
WHERE received_at >= :a AND received_at < :z AND unit IS NOT NULL AND merged_into IS NULL
-- complaint_match
SELECT SUM(CASE WHEN EXISTS (SELECT 1 FROM supervision_act x WHERE x.item_code = c.item_code AND x.unit = c.unit
    AND x.happened_at >= :a AND x.happened_at < :z AND {proven}) THEN 1 ELSE 0 END), COUNT(*)
FROM (SELECT DISTINCT item_code, unit FROM complaint WHERE received_at >= :a AND received_at < :z
  AND unit IS NOT NULL AND merged_into IS NULL AND item_code <> '') AS c
-- complaint_timely
SELECT COUNT(CASE WHEN NOT c.is_late THEN c.replied_at END), COUNT(*) FROM complaint c
WHERE c.received_at >= :a AND c.received_at < :z AND c.unit IS NOT NULL AND c.merged_into IS NULL
  AND (c.is_late OR c.replied_at IS NOT NULL OR c.instance_id IN (
    SELECT instance_id FROM running_limit WHERE ended_at IS NULL AND due_at <= :now))
-- complaint_satisfied
SELECT COUNT(CASE WHEN satisfied = 'satisfied' THEN 1 END), COUNT(*) FROM complaint
WHERE replied_at >= :a AND replied_at < :z AND unit IS NOT NULL AND merged_into IS NULL
  AND satisfied IN ('satisfied', 'unsatisfied')
-- complaint_redone
SELECT COUNT(CASE WHEN reopen_count >= 1 THEN 1 END), COUNT(*) FROM complaint
WHERE replied_at >= :a AND replied_at < :z AND unit IS NOT NULL AND merged_into IS NULL
-- transfer_answered
SELECT COUNT(DISTINCT m.transfer_id), COUNT(DISTINCT t.id) FROM transfer t LEFT JOIN transfer_milestone m
  ON m.transfer_id = t.id AND m.kind IN ('filed', 'not_filed', 'decided', 'executed', 'closed')
WHERE t.accepted_at >= :a AND t.accepted_at < :z AND t.receiver_unit IS NOT NULL
-- transfer_days@sqlite
SELECT SUM(julianday(closed_at) - julianday(accepted_at)), COUNT(*) FROM transfer
WHERE closed_at >= :a AND closed_at < :z AND accepted_at IS NOT NULL AND receiver_unit IS NOT NULL
-- transfer_days@postgresql
SELECT EXTRACT(EPOCH FROM SUM(closed_at - accepted_at)) / 86400, COUNT(*) FROM transfer
WHERE closed_at >= :a AND closed_at < :z AND accepted_at IS NOT NULL AND receiver_unit IS NOT NULL
-- alert_true
SELECT COUNT(CASE WHEN verdict = 'true' THEN 1 END), COUNT(COALESCE(verdict, dismissal)) FROM alert
WHERE received_at >= :a AND received_at < :z
-- alert_checked
SELECT COUNT(CASE WHEN NOT l.is_late THEN l.checked_at END), COUNT(*) FROM alert l
WHERE l.received_at >= :a AND l.received_at < :z AND (l.checked_at IS NOT NULL OR (l.state = 'on_site'
  AND l.instance_id IN (SELECT instance_id FROM running_limit WHERE ended_at IS NULL AND due_at <= :now)))
-- review_passed
SELECT COUNT(CASE WHEN score >= 90 AND NOT is_serious AND NOT is_mismatch THEN 1 END), COUNT(*) FROM devolved_file
WHERE scored_at >= :a AND scored_at < :z
-- decisions_lost
SELECT COUNT(CASE WHEN CAST(overturn AS TEXT) LIKE '%overturn_kind%' THEN 1 END), COUNT(*) FROM penalty_case
WHERE decided_at >= :a AND decided_at < :z AND outcome IS NOT NULL
-- joint_rate
SELECT SUM(is_joint), COUNT(*) FROM (
  SELECT CASE WHEN i.kind = 'joint' OR CAST(i.joint_units AS TEXT) NOT IN ('[]', 'null') THEN 1 ELSE 0 END AS is_joint,
    (SELECT COUNT(DISTINCT o.unit) FROM inspection o WHERE o.party_code = i.party_code AND i.party_code <> ''
     AND o.opened_at >= :a AND o.opened_at < :z) AS units
  FROM inspection i WHERE i.opened_at >= :a AND i.opened_at < :z) AS seen
WHERE is_joint = 1 OR units > 1
-- mobile_rate
SELECT SUM(has_place), COUNT(*) FROM (
  SELECT MAX(CASE WHEN CAST(r.location AS TEXT) LIKE '%lat%' THEN 1 ELSE 0 END) AS has_place
  FROM inspection i JOIN inspection_record r ON r.inspection_id = i.id
  WHERE i.opened_at >= :a AND i.opened_at < :z GROUP BY i.id) AS recorded
-- off_site_rate
SELECT COUNT(CASE WHEN kind = 'file_review' THEN 1 END), COUNT(*) FROM inspection
WHERE opened_at >= :a AND opened_at < :z AND id IN (SELECT inspection_id FROM inspection_record)
-- criticism
SELECT COUNT(*), COUNT(*) FROM supervision_rung WHERE rung = 'criticised' AND at >= :a AND at < :z
-- inaction
SELECT COUNT(*), COUNT(*) FROM inaction_finding
WHERE decided_at >= :a AND decided_at < :z AND state IN ('confirmed', 'appealed', 'upheld')
-- false_record
SELECT COUNT(*), COUNT(*) FROM act_audit WHERE is_false AND audited_at >= :a AND audited_at < :z
