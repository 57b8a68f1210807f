# What the toy company adds to the Makefile.
.PHONY: demo live

demo: $(READY)
	$(BIN)/mega-toys demo

live: $(READY)
	$(BIN)/mega-toys live
