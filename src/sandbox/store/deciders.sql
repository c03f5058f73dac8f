-- Of which company a decision's person is: the other party learns that company alone.
ALTER TABLE orders ADD COLUMN decided_by_company_id INTEGER REFERENCES companies (id);
UPDATE orders
SET decided_by_company_id = CASE status WHEN 'SUPERSEDED' THEN requester_company_id ELSE approver_company_id END
WHERE status IN ('APPROVED', 'REJECTED', 'SUPERSEDED') AND decided_by LIKE '%(%)';
