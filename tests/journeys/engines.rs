//! Journeys that hold on each engine that the shop's tables can lie in.

/// Runs each journey, a function of a shop's [`Builder`](merkato_tests::shop::Builder), on each engine.
macro_rules! on_each_engine {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test] async fn $name() {
                super::$name(merkato_tests::shop::Builder::new()).await;
            })*
        }

        mod on_postgres {
            $(#[tokio::test] async fn $name() {
                let Some(database) = merkato_tests_postgres::database().await else { return };
                super::$name(merkato_tests::shop::Builder::new().database(&database.url)).await;
            })*
        }
    };
}
