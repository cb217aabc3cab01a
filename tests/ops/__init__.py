"""What the operations must do beyond what every case of the layer table is asked."""
