"""analysis: measures. Folds the ledger into both monitors and says where every project stands."""
