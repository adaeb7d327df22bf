//! Faults that are the same on each engine that the till's tables can lie in.

/// Runs each test, a function of a `Builder`, on each engine.
macro_rules! on_each_engine {
    ($builder:ty: $($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test] async fn $name() {
                super::$name(<$builder>::new()).await;
            })*
        }

        mod on_postgres {
            $(#[tokio::test] async fn $name() {
                let Some(database) = merkato_tests_postgres::database().await else { return };
                super::$name(<$builder>::new().database(&database.url)).await;
            })*
        }
    };
}
