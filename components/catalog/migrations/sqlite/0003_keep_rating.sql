-- What shoppers say of a product, as the reviews service tells: the average in hundredths of a star, the number of
-- reviews, and how old the news is. Search is told in the same statement, by the trigger of every change.
ALTER TABLE product ADD COLUMN rating_average BIGINT NOT NULL DEFAULT 0;
ALTER TABLE product ADD COLUMN rating_count BIGINT NOT NULL DEFAULT 0;
ALTER TABLE product ADD COLUMN rating_version BIGINT NOT NULL DEFAULT 0;
