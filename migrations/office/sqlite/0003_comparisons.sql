-- The edition, as SURVEY/LABEL, whose shares the pages of a publication show beside their own.
ALTER TABLE publications ADD COLUMN compared_with TEXT;
