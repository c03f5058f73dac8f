-- A partner's accounts are found without reading all companies.
CREATE INDEX companies_managed ON companies (managed_by) WHERE managed_by IS NOT NULL;
