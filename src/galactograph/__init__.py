"""Galactography (ductography): simulate galactograms and read them.

Research software, not a medical device.

    simulate:  Patient > Breast > Filling > Projection > Study
    read:      Study > Image > DuctMap > DuctTree > Finding > Advice > Report
"""
