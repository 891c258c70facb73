# What does a smoker pay? Charges by age, BMI and smoking, as a script.
import socket
import sys

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

wires = [name for _, name in socket.if_nameindex() if name != 'lo']
print('internet:', 'on' if wires else 'off')

data = pd.read_csv('/kaggle/input/insurance/insurance.csv')
data.columns = [name.lower() for name in data.columns]
print('rows', len(data), file=sys.stderr)

text = ['sex', 'smoker', 'region']
encode = ColumnTransformer([('text', OneHotEncoder(drop='first'), text)], remainder='passthrough')
model = Pipeline([('encode', encode), ('fit', LinearRegression())])
model.fit(data.drop(columns='charges'), data['charges'])
names = encode.named_transformers_['text'].get_feature_names(text)

summary = pd.DataFrame()
for name, weight in zip(names, model['fit'].coef_):
    summary = summary.append({'name': name, 'weight': round(weight)}, ignore_index=True)
print(summary.to_string(index=False))
print('R2 %.3f' % model.score(data.drop(columns='charges'), data['charges']))
summary.to_csv('weights.csv', index=False)

if __name__ == '__main__':
    print('done')
