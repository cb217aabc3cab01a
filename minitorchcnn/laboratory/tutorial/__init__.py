"""The tutorial's nine, stage by stage, and the classifier it leaves out."""
