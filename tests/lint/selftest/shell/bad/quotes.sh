#!/bin/bash
rm -rf $1/x
