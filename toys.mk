# What the toy company adds to the Makefile.
.PHONY: demo live bench

demo: $(READY)
	$(BIN)/mega-toys demo

live: $(READY)
	$(BIN)/mega-toys live

bench: $(READY)
	$(BIN)/python -m benchmarks $(PARTS) $(if $(SCALE),--scale $(SCALE)) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(AGES),--ages $(AGES))
